import { extname } from 'node:path';
import { parseZone, utc, type Zone } from '@balsa/sql';
import { type DataType, dataTypeNamed } from '@balsa/wire';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { catchInterrupts, INTERRUPTED_EXIT_CODE } from '../demo/interrupt.ts';
import { CliError, DATA_EXIT_CODE } from '../errors.ts';
import { NodeClient } from '../node-client/node-client.ts';
import { addNodes, DEFAULT_NODE } from '../node-client/parse-node.ts';
import { formatCount, formatDuration, formatPlural, formatShort } from '../terminal/format.ts';
import { createScreen, type Screen } from '../terminal/screen.ts';
import { importCsv } from '../transfer/import-csv.ts';
import { importTsFile } from '../transfer/import-tsfile.ts';

interface ImportFlags {
  node?: URL[];
  format?: 'csv' | 'tsfile';
  types?: Map<string, DataType>;
  zone?: Zone;
  aligned?: true;
  sample: number;
  badLinesMax: number;
  dryRun?: true;
}

const COUNT_MAX = 1_000_000_000;

export function addImportCommand(program: Command): void {
  program
    .command('import')
    .summary('rows of a CSV file or a TsFile into a node')
    .description(
      'Sends the rows of a file to any node. The types of CSV columns are shown before: those of --types, of the head of ' +
        'the file, of the series that there are, or inferred from the first rows.',
    )
    .argument('<file>', 'a CSV file whose first line names its columns, or a TsFile')
    .option(
      '--node <url>',
      `HTTP address of a node; others, given with commas or again, are asked when it is away (default: ${DEFAULT_NODE})`,
      addNodes,
    )
    .addOption(
      new Option('--format <format>', 'of the file; by default what its name ends with').choices(['csv', 'tsfile']),
    )
    .option('--types <list>', 'types of CSV columns, as in s1=INT32,root.d.s2=TEXT', parseTypes)
    .option('--zone <zone>', 'of times without a zone, such as +08:00 (default: Z)', parseZoneText)
    .option('--aligned', 'make devices of CSV files, where they are new, aligned ones')
    .option('--sample <rows>', 'infer types from so many rows', parseCount, 1000)
    .option('--bad-lines-max <count>', 'give up when more lines than this are wrong', parseCount, 10_000)
    .option('--dry-run', 'read the file and show what would be done')
    .addHelpText(
      'after',
      `
Heads of CSV files are Time,root.d.s1,root.d.s2 or Time,Device,s1,s2, also with
types: root.d.s1(INT32). Times are milliseconds or dates. Lines that are wrong
are named, and kept in <file>.bad.csv; the others are imported. Importing again
does no harm: rows of the same times take each other's place.

Exit codes:
  0    all rows were imported
  1    the import was given up; standard error says why
  2    the command line is wrong
  65   imported, without the lines or series that were named
  69   no node answers
  130  interrupted

Examples:
  $ balsa import plant.csv --dry-run
  $ balsa import plant.csv --types temperature=FLOAT --zone +08:00
  $ balsa import plant.tsfile --node http://10.0.0.1:7201,http://10.0.0.2:7201`,
    )
    .action(async (file: string, flags: ImportFlags) => {
      process.exitCode = await importFile(file, flags);
    });
}

async function importFile(file: string, flags: ImportFlags): Promise<number> {
  const screen = createScreen(process.stdout, process.env);
  const client = new NodeClient(flags.node ?? [new URL(DEFAULT_NODE)]);
  const interrupt = catchInterrupts();
  const startedMs = performance.now();
  try {
    const { rows, left } = await importAs(formatOf(file, flags), file, client, screen, flags, interrupt.signal);
    const elapsedMs = performance.now() - startedMs;
    const done = flags.dryRun ? 'would be imported' : `imported in ${formatDuration(elapsedMs)}`;
    const rate = flags.dryRun ? '' : `, ${formatShort((rows / elapsedMs) * 1000)}/s`;
    screen.line(`${formatPlural(rows, 'row')} ${done}${rate}${left === '' ? '' : `; ${left}`}`);
    return left === '' ? 0 : DATA_EXIT_CODE;
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    screen.line('interrupted: what was acknowledged stays; the same command does the rest');
    return INTERRUPTED_EXIT_CODE;
  } finally {
    interrupt.release();
    client.close();
  }
}

async function importAs(
  format: 'csv' | 'tsfile',
  file: string,
  client: NodeClient,
  screen: Screen,
  flags: ImportFlags,
  signal: AbortSignal,
): Promise<{ readonly rows: number; readonly left: string }> {
  const isDryRun = flags.dryRun === true;
  if (format === 'tsfile') {
    const { rows } = await importTsFile(file, client, screen, { isDryRun, signal });
    return { rows, left: '' };
  }
  const { rows, bad } = await importCsv(file, client, screen, {
    zone: flags.zone ?? utc,
    isAligned: flags.aligned === true,
    types: flags.types ?? new Map(),
    sampleRows: flags.sample,
    badLinesMax: flags.badLinesMax,
    isDryRun,
    signal,
  });
  const kept = isDryRun ? '' : `, kept in ${file}.bad.csv`;
  return { rows, left: bad === 0 ? '' : `${formatPlural(bad, 'line')} left out${kept}` };
}

/** @throws CliError FORMAT_UNKNOWN */
function formatOf(file: string, { format }: ImportFlags): 'csv' | 'tsfile' {
  if (format !== undefined) return format;
  const extension = extname(file).toLowerCase();
  if (extension === '.csv') return 'csv';
  if (extension === '.tsfile') return 'tsfile';
  throw new CliError('FORMAT_UNKNOWN', `${file} ends neither with .csv nor with .tsfile: give --format`);
}

function parseTypes(text: string, before: ReadonlyMap<string, DataType> = new Map()): Map<string, DataType> {
  const types = new Map(before);
  for (const part of text.split(',')) {
    const [, name, typeName] = /^\s*(.+?)\s*=\s*(\w+)\s*$/.exec(part) ?? [];
    const type = dataTypeNamed(typeName ?? '');
    if (name === undefined || type === undefined)
      throw new InvalidArgumentError('Give types such as s1=INT32,s2=TEXT.');
    types.set(name, type);
  }
  return types;
}

function parseZoneText(text: string): Zone {
  try {
    return parseZone(text);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

function parseCount(text: string): number {
  const count = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(count <= COUNT_MAX)) throw new InvalidArgumentError(`Give a number from 0 to ${formatCount(COUNT_MAX)}.`);
  return count;
}
