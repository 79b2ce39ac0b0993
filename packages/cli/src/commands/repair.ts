// Has a node take another member's snapshot in place of a state with damaged files.

import type { Command } from 'commander';
import { NodeClient, type RepairOutcome } from '../node-client/node-client.ts';
import { DEFAULT_NODE, parseNode } from '../node-client/parse-node.ts';

interface RepairFlags {
  node: URL;
  json?: true;
}

export function addRepairCommand(program: Command): void {
  program
    .command('repair')
    .summary('mends the damaged files of a node')
    .description(
      "Has one node take another member's snapshot in place of what its damaged files should hold. The node goes on meanwhile. " +
        'Nothing is done where no file is damaged.',
    )
    .option('--node <url>', 'HTTP address of the node', parseNode, new URL(DEFAULT_NODE))
    .option('--json', 'print the answer as one line of JSON')
    .addHelpText(
      'after',
      `
A disk that damages files is to be looked after first. Which nodes have damaged
files, 'GET /status' of each tells (docs/http.md). It may take minutes, and as
long as a node needs that comes back after a long time.

Exit codes:
  0   no file of the node is damaged any more
  1   some still are, or no other member could help; standard error says why
  2   the command line is wrong
  69  the node does not answer

Examples:
  $ balsa repair --node http://10.0.0.2:7201`,
    )
    .action(async (flags: RepairFlags) => {
      process.exitCode = await repair(flags);
    });
}

async function repair({ node, json }: RepairFlags): Promise<number> {
  const client = new NodeClient([node]);
  try {
    const outcome = await client.repair();
    console.log(json ? JSON.stringify(outcome) : describeRepair(node, outcome));
    return outcome.damagedFiles === 0 ? 0 : 1;
  } finally {
    client.close();
  }
}

export function describeRepair(node: URL, { damagedFilesBefore, damagedFiles, restoredFrom }: RepairOutcome): string {
  if (damagedFilesBefore === 0) return `${node.host} has no damaged files`;
  const files = damagedFilesBefore === 1 ? '1 damaged file' : `${damagedFilesBefore} damaged files`;
  const left = damagedFiles === 0 ? 'none is left' : `${damagedFiles} are left`;
  return `${node.host} had ${files}, and has been restored from node ${restoredFrom}: ${left}`;
}
