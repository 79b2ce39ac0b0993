// What the folder of a stopped node holds, as it lies there.

import { type GroupSummary, type LineSelection, LogView, ReplicaError } from '@balsa/replica';
import { loadConfig } from '@balsa/server';
import type { Command } from 'commander';
import { describeError } from '../describe-error.ts';
import { DATA_EXIT_CODE } from '../errors.ts';
import { type Progress, startProgress } from '../terminal/progress.ts';
import { createScreen } from '../terminal/screen.ts';
import { createStyle, wantsColour } from '../terminal/style.ts';
import { writeAll } from '../terminal/write-all.ts';
import { jsonOfLine, jsonOfOverview } from './log-json.ts';
import { LineTable, renderGroupHead } from './log-lines-text.ts';
import { renderDamage, renderOverview } from './log-overview-text.ts';
import { parseGroup, parseWhole } from './parse-whole.ts';

const LINES_DEFAULT = 50;
/** A shorter reading is over before anybody looks at a bar. */
const QUIET_MS = 300;
/** So many lines are laid out and written at once: what is read is never held as a whole. */
const PAGE_LINES = 200;

interface LogFlags {
  group?: number;
  from?: number;
  to?: number;
  last?: number;
  superseded?: true;
  json?: true;
}

export function addLogCommand(program: Command): void {
  program
    .command('log')
    .summary('what the log of a stopped node holds')
    .description(
      'Reads the data folder of a node that is stopped: its segments, its groups, and what is damaged; or, with --group, the ' +
        'entries of one group. Nothing is written.',
    )
    .argument('[data folder]', 'dataFolder of its configuration (default: ./balsa-data)')
    .option('--group <number>', 'show the entries of this group, the newest 50', parseGroup)
    .option('--from <index>', 'from this entry on', parseIndex)
    .option('--to <index>', 'up to this entry', parseIndex)
    .option('--last <n>', 'only so many lines, the newest', parseIndex)
    .option('--superseded', 'also what later entries have superseded, in the order in which all was written')
    .option('--json', 'print one JSON object; with --group, one a line for every batch')
    .addHelpText(
      'after',
      `
Columns of a segment:
  blocks, first,   flushes in it, and the numbers of the first and the last one,
  last             which go on from segment to segment
  used             from the beginning of the file to the end of its last block

Columns of a group:
  term, vote       the newest term that the node knows, and its vote in it
  first, last      entries that the log holds; what comes before is in the
                   snapshot. Some of the last may not be committed
  last term        of the last entry
  bytes            of its records in the log, superseded ones too
  snapshot         last entry that is in the latest one, its term, and its size

Columns of entries, one batch a line:
  index, term      of the entries. "~" marks what later ones have superseded
  kind             noop: of a new leader; commands; members: a configuration;
                   goes on: nothing before counts, a snapshot has its place
  place            number of the segment's file, and offset in it

Nobody else can use the folder meanwhile: a node does not start.

Exit codes:
  0   shown, and nothing is damaged
  1   it cannot be read; standard error says why
  2   the command line is wrong
  65  shown, as far as it can be read: something is damaged

Examples:
  $ balsa log
  $ balsa log /var/lib/balsa --group 1 --last 10
  $ balsa log --group 1 --from 1200 --to 1300 --superseded
  $ balsa log --group 0 --from 1 --json > schema.ndjson`,
    )
    .action(async (folder: string | undefined, flags: LogFlags, command: Command) => {
      const needsGroup = flags.from ?? flags.to ?? flags.last ?? flags.superseded;
      if (flags.group === undefined && needsGroup !== undefined) {
        command.error('error: --from, --to, --last and --superseded need a --group');
      }
      process.exitCode = await showLog(folder ?? loadConfig().dataFolder, flags);
    });
}

async function showLog(folder: string, flags: LogFlags): Promise<number> {
  const view = await read(folder);
  try {
    if (flags.group === undefined) await showOverview(view, folder, flags);
    else await showLines(view, groupOf(view, folder, flags.group), flags);
    return view.findingsCount === 0 ? 0 : DATA_EXIT_CODE;
  } catch (error) {
    // Whoever read it has seen enough.
    if (describeError(error).code !== 'EPIPE') throw error;
    return 0;
  } finally {
    await view.close();
  }
}

async function read(dataFolder: string): Promise<LogView> {
  const screen = createScreen(process.stderr, process.env);
  const startedMs = performance.now();
  let progress: Progress | undefined;
  try {
    return await LogView.open({
      dataFolder,
      onProgress: ({ bytesDone, bytesTotal }) => {
        if (!screen.isTerminal || performance.now() - startedMs < QUIET_MS) return;
        progress ??= startProgress(screen, bytesTotal, 'bytes');
        progress.update(bytesDone);
      },
    });
  } finally {
    progress?.end();
  }
}

async function showOverview(view: LogView, folder: string, { json }: LogFlags): Promise<void> {
  const text = json ? JSON.stringify(jsonOfOverview(view, folder)) : renderOverview(view, folder, styleOf()).join('\n');
  await writeAll(process.stdout, `${text}\n`);
}

async function showLines(view: LogView, summary: GroupSummary, flags: LogFlags): Promise<void> {
  const selection = selectionOf(summary.group, flags);
  if (flags.json) {
    for await (const line of view.lines(selection)) {
      await writeAll(process.stdout, `${JSON.stringify(jsonOfLine(summary.group, line))}\n`);
    }
    for (const text of renderDamage(view, createStyle(false))) process.stderr.write(`${text}\n`);
    return;
  }
  const style = styleOf();
  const table = new LineTable(summary, view.segments, style, process.stdout.isTTY ? process.stdout.columns : undefined);
  await writeAll(process.stdout, `${renderGroupHead(view, summary, style).join('\n')}\n\n`);
  let count = 0;
  for await (const line of view.lines(selection)) {
    table.add(line);
    count++;
    if (table.waiting >= PAGE_LINES) await writeAll(process.stdout, table.take());
  }
  await writeAll(process.stdout, table.take());
  const isDefault = flags.from === undefined && flags.to === undefined && flags.last === undefined;
  if (isDefault && count === LINES_DEFAULT) {
    await writeAll(process.stdout, `\n${style.faint(`The newest ${count}: --last, --from and --to show others.`)}\n`);
  }
  const damage = renderDamage(view, style);
  if (damage.length > 0) await writeAll(process.stdout, `\n${damage.join('\n')}\n`);
}

function selectionOf(group: number, { from, to, last, superseded }: LogFlags): LineSelection {
  const isChosen = from !== undefined || to !== undefined;
  const lines = last ?? (isChosen ? undefined : LINES_DEFAULT);
  return {
    group,
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(lines === undefined ? {} : { last: lines }),
    superseded: superseded === true,
  };
}

/** @throws ReplicaError GROUP_UNKNOWN */
function groupOf(view: LogView, folder: string, group: number): GroupSummary {
  const summary = view.groups.find((each) => each.group === group);
  if (summary !== undefined) return summary;
  const known = view.groups.map((each) => each.group).join(', ');
  const held = known === '' ? 'it holds none' : `it holds ${known}`;
  throw new ReplicaError('GROUP_UNKNOWN', `the folder ${folder} holds nothing of group ${group}; ${held}`);
}

function styleOf(): ReturnType<typeof createStyle> {
  return createStyle(wantsColour(process.stdout.isTTY === true, process.env));
}

function parseIndex(text: string): number {
  return parseWhole(text, 1, Number.MAX_SAFE_INTEGER, 'Give a whole number from 1 on.');
}
