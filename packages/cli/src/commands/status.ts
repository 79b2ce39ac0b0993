import { BalsaClient } from '@balsa/client';
import { parseAddress } from '@balsa/server';
import type { NodeAddresses } from '@balsa/wire';
import { type Command, InvalidArgumentError } from 'commander';
import { describeError } from '../describe-error.ts';
import { CliError } from '../errors.ts';
import { createStyle, wantsColour } from '../terminal/style.ts';
import { type NodeAnswer, renderStatus } from './status-table.ts';

const DEFAULT_NODE = '127.0.0.1:7101';
const TIMEOUT_MS = 3000;

interface StatusFlags {
  node: string;
  json?: true;
}

export function addStatusCommand(program: Command): void {
  program
    .command('status')
    .summary('each node, and the role, term, indexes and lag of each of its groups')
    .description('Asks one node for the members of its cluster, then asks each of them how it is.')
    .option('--node <host:port>', 'client address of any node', parseNode, DEFAULT_NODE)
    .option('--json', 'print one JSON object: {nodes: [{id, address, status | error}]}; status is as in docs/http.md')
    .addHelpText(
      'after',
      `
Columns of a group:
  last, durable    last index of the node's log, and of what is on its disk
  commit, applied  index up to which a majority holds the log, as far as the
                   node knows, and up to which the node has executed it
  lag              entries that the node still lacks, as its leader sees it
  apply lag        entries that it still has to execute, as its leader has
                   heard; "-" of a node whose release does not tell
  write p99        of the leader's batches of the last minute, 99 of 100 were
                   answered within this time
  disk p99         and were on the node's own disk within this time. A node
                   begins to measure when it is first asked for its status

Exit codes:
  0  the node was asked
  1  it did not answer
  2  the command line is wrong

Examples:
  $ balsa status
  $ balsa status --node 10.0.0.2:7101 --json`,
    )
    .action(async ({ node, json }: StatusFlags) => {
      const answers = await askAll(node);
      if (json) console.log(JSON.stringify({ nodes: answers }));
      else printTable(answers);
    });
}

/** @throws CliError NODE_UNREACHABLE if the node that is to name the others does not answer. */
async function askAll(node: string): Promise<NodeAnswer[]> {
  const members = await membersOf(node);
  return Promise.all(members.map(ask));
}

async function membersOf(node: string): Promise<readonly NodeAddresses[]> {
  try {
    return await withClient(node, async (client) => (await client.status({ node, timeoutMs: TIMEOUT_MS })).members);
  } catch (error) {
    throw new CliError('NODE_UNREACHABLE', `${node} does not answer: ${describeError(error).message}`, {
      cause: error,
    });
  }
}

async function ask({ id, client: address }: NodeAddresses): Promise<NodeAnswer> {
  try {
    const status = await withClient(address, (client) => client.status({ node: address, timeoutMs: TIMEOUT_MS }));
    return { id, address, status };
  } catch (error) {
    return { id, address, error: describeError(error) };
  }
}

/** A client of its own for every node: one that does not answer must not keep the others waiting. */
async function withClient<T>(node: string, use: (client: BalsaClient) => Promise<T>): Promise<T> {
  const client = await BalsaClient.connect({ nodes: [node], timeoutMs: TIMEOUT_MS });
  try {
    return await use(client);
  } finally {
    await client.close();
  }
}

function printTable(answers: readonly NodeAnswer[]): void {
  const style = createStyle(wantsColour(process.stdout.isTTY === true, process.env));
  console.log(renderStatus(answers, style).join('\n'));
}

function parseNode(text: string): string {
  if (parseAddress(text) === undefined) throw new InvalidArgumentError(`Give an address such as ${DEFAULT_NODE}.`);
  return text;
}
