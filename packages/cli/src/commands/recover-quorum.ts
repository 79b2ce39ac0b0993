// The last resort, for the day on which a majority of a group is lost for good. It shows before it does anything, says what
// it may cost, and does it only on somebody's word.

import { createInterface } from 'node:readline/promises';
import type { RecoverOptions, StoredGroup } from '@balsa/replica';
import { StoppedNode } from '@balsa/replica';
import { type Command, InvalidArgumentError } from 'commander';
import { CliError } from '../errors.ts';
import { createStyle, type Style, wantsColour } from '../terminal/style.ts';
import { CONFIRMING_WORD, renderDone, renderFolder, renderHint, renderWarning } from './recover-quorum-text.ts';

interface RecoverQuorumFlags {
  data: string;
  members?: number[];
  group?: number[];
  yes?: true;
}

export function addRecoverQuorumCommand(program: Command): void {
  program
    .command('recover-quorum')
    .summary('force a group to go on after a majority of it is lost for good')
    .description(
      'Looks at the data folder of a stopped node. With --members, makes those the only voters of its groups, so that they ' +
        'can go on although a majority is lost for good. What only the lost nodes held is lost, and if they are not lost, ' +
        'there are two groups afterwards: read docs/recovery.md first.',
    )
    .requiredOption('--data <folder>', 'data folder of the survivor with the newest log')
    .option('--members <ids>', 'the nodes that are left, this one among them, as in 1,3', parseIds)
    .option('--group <ids>', 'only these groups (default: all that have lost their quorum)', parseGroups)
    .option('--yes', `do not ask for the word "${CONFIRMING_WORD}"`)
    .addHelpText(
      'after',
      `
Without --members it shows what the folder holds, and changes nothing.
It is to be run for a group on one survivor only, while all nodes are down: the
one with the highest last term and, among equals, the highest last index. The
other survivors are then started as they are. If it is another one for another
group, run it there with --group and the same members.

Exit codes:
  0  done; or, without --members, shown
  1  refused, and nothing was changed; standard error says why
  2  the command line is wrong

Examples:
  $ balsa recover-quorum --data /var/lib/balsa
  $ balsa recover-quorum --data /var/lib/balsa --members 1,3`,
    )
    .action(recoverQuorum);
}

async function recoverQuorum({ data, members, group: groups, yes }: RecoverQuorumFlags): Promise<void> {
  const style = createStyle(wantsColour(process.stdout.isTTY === true, process.env));
  const node = await StoppedNode.open({ dataFolder: data });
  try {
    print(renderFolder(node, data, style));
    if (members === undefined) {
      print(renderHint(style));
      return;
    }
    const options: RecoverOptions = { members, ...(groups === undefined ? {} : { groups }) };
    const plan = node.plan(options);
    print(renderWarning(plan, members, style));
    if (!yes) await confirm(plan, style);
    print(renderDone(await node.recover(options), node.nodeId, style));
  } finally {
    await node.close();
  }
}

/** @throws CliError NOT_CONFIRMED: something else was typed, or nobody is there. */
async function confirm(plan: readonly StoredGroup[], style: Style): Promise<void> {
  const groups = plan.map(({ group }) => group).join(', ');
  const asker = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const question = style.strong(`Type "${CONFIRMING_WORD}" to force group ${groups} to go on: `);
    const nobody = new Promise<string>((resolve) => asker.once('close', () => resolve('')));
    const answer = await Promise.race([asker.question(question), nobody]);
    if (answer.trim() === CONFIRMING_WORD) return;
  } finally {
    asker.close();
  }
  throw new CliError('NOT_CONFIRMED', `"${CONFIRMING_WORD}" was not typed: nothing was changed`);
}

function print(lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}

function parseIds(text: string): number[] {
  return parseNumbers(text, 1, 'Give node ids as in 1,3.');
}

function parseGroups(text: string): number[] {
  return parseNumbers(text, 0, 'Give group numbers as in 0,1.');
}

function parseNumbers(text: string, min: number, hint: string): number[] {
  const numbers = text.split(',').map((part) => (/^\d+$/.test(part.trim()) ? Number(part) : Number.NaN));
  if (numbers.some((number) => !Number.isSafeInteger(number) || number < min)) throw new InvalidArgumentError(hint);
  return numbers;
}
