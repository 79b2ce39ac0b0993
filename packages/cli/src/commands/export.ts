import { extname } from 'node:path';
import { parseZone, readTime } from '@balsa/sql';
import { type Command, Option } from 'commander';
import { catchInterrupts, INTERRUPTED_EXIT_CODE } from '../demo/interrupt.ts';
import { CliError } from '../errors.ts';
import { NodeClient } from '../node-client/node-client.ts';
import { addNodes, DEFAULT_NODE } from '../node-client/parse-node.ts';
import { formatDuration, formatPlural, formatShort } from '../terminal/format.ts';
import { createScreen } from '../terminal/screen.ts';
import { type ExportOptions, type ExportSource, exportFile } from '../transfer/export-file.ts';
import { checkSelect } from '../transfer/export-source.ts';

interface ExportFlags {
  node?: URL[];
  output: string;
  format?: 'csv' | 'tsfile';
  path?: string;
  from?: string;
  to?: string;
  zone: string;
  shape: 'device' | 'wide';
  types: boolean;
  force?: true;
}

export function addExportCommand(program: Command): void {
  program
    .command('export')
    .summary('rows into a CSV file or a TsFile')
    .description(
      'Writes the result of a SELECT, or the series below a path, to a file, which has its name once it is whole.',
    )
    .argument('[select]', 'a SELECT; without it, --path says what to export')
    .requiredOption('-o, --output <file>', 'the file; "-" is standard output, for CSV')
    .option('--path <pattern>', 'all series that it takes, such as root.plant.**')
    .option('--from <time>', 'with --path: from this time on, in milliseconds or a date')
    .option('--to <time>', 'with --path: up to, but not including, this time')
    .option(
      '--node <url>',
      `HTTP address of a node; others, given with commas or again, are asked when it is away (default: ${DEFAULT_NODE})`,
      addNodes,
    )
    .addOption(
      new Option('--format <format>', 'of the file; by default what its name ends with').choices(['csv', 'tsfile']),
    )
    .addOption(
      new Option('--shape <shape>', 'of CSV with --path: Time,Device,s1 or Time,root.d.s1')
        .choices(['device', 'wide'])
        .default('device'),
    )
    .option('--no-types', 'leave types out of the head of CSV')
    .option('--zone <zone>', 'of times without a zone, such as +08:00', 'Z')
    .option('--force', 'take the place of a file that is there')
    .addHelpText(
      'after',
      `
Rows stream: a file may be larger than memory. 'balsa import' has them all back,
types included. A TsFile takes series as they are, and keeps aligned devices
aligned; CSV takes any SELECT.

Exit codes:
  0    the file is there, whole and on disk
  1    it is not; standard error says why
  2    the command line is wrong
  69   no node answers
  130  interrupted

Examples:
  $ balsa export --path 'root.plant.**' -o plant.tsfile
  $ balsa export --path 'root.plant.**' --from 2026-01-01 -o plant.csv
  $ balsa export 'select avg(s1) from root.d group by ([0, 9000), 1s)' -o -`,
    )
    .action(async (select: string | undefined, flags: ExportFlags) => {
      process.exitCode = await exportAll(select, flags);
    });
}

async function exportAll(select: string | undefined, flags: ExportFlags): Promise<number> {
  const screen = createScreen(process.stderr, process.env);
  const client = new NodeClient(flags.node ?? [new URL(DEFAULT_NODE)]);
  const interrupt = catchInterrupts();
  const startedMs = performance.now();
  let rows = 0;
  const onRows = (count: number): void => {
    rows += count;
    const perSecond = formatShort((rows / (performance.now() - startedMs)) * 1000);
    screen.transient(`${formatPlural(rows, 'row')}, ${perSecond}/s`);
  };
  try {
    await exportFile(client, sourceOf(select, flags), optionsFor(flags, interrupt.signal, onRows));
    screen.transient('');
    const elapsedMs = performance.now() - startedMs;
    if (flags.output !== '-')
      screen.line(`${formatPlural(rows, 'row')} in ${flags.output}, ${formatDuration(elapsedMs)}`);
    return 0;
  } catch (error) {
    screen.transient('');
    if (!interrupt.signal.aborted) throw error;
    if (flags.output !== '-') screen.line('interrupted: there is no file');
    return INTERRUPTED_EXIT_CODE;
  } finally {
    interrupt.release();
    client.close();
  }
}

/** @throws CliError FORMAT_UNKNOWN, EXPORT_UNFIT */
function optionsFor(flags: ExportFlags, signal: AbortSignal, onRows: (count: number) => void): ExportOptions {
  const { output, shape, types: withTypes, zone, force } = flags;
  return {
    output: output === '-' ? undefined : output,
    format: formatOf(flags),
    replaces: force === true,
    shape,
    withTypes,
    zone,
    signal,
    onRows,
  };
}

/** @throws CliError EXPORT_UNFIT; SqlError */
function sourceOf(select: string | undefined, { path, from, to, zone }: ExportFlags): ExportSource {
  if ((select === undefined) === (path === undefined)) {
    throw new CliError('EXPORT_UNFIT', 'give either a SELECT or --path');
  }
  if (select !== undefined) {
    if (from !== undefined || to !== undefined) throw new CliError('EXPORT_UNFIT', '--from and --to belong to --path');
    checkSelect(select);
    return { kind: 'select', sql: select };
  }
  const times = { from: timeFlag('--from', from, zone), to: timeFlag('--to', to, zone) };
  return { kind: 'path', pattern: path ?? '', span: times };
}

function timeFlag(name: string, text: string | undefined, zone: string): number | undefined {
  if (text === undefined) return undefined;
  const time = readTime(text, parseZone(zone));
  if (time === undefined) throw new CliError('EXPORT_UNFIT', `${name} takes milliseconds or a date, not "${text}"`);
  return time;
}

/** @throws CliError FORMAT_UNKNOWN */
function formatOf({ format, output }: ExportFlags): 'csv' | 'tsfile' {
  if (format === 'tsfile' && output === '-') {
    throw new CliError('EXPORT_UNFIT', 'a TsFile cannot be written to standard output');
  }
  if (format !== undefined) return format;
  const extension = output === '-' ? '.csv' : extname(output).toLowerCase();
  if (extension === '.csv') return 'csv';
  if (extension === '.tsfile') return 'tsfile';
  throw new CliError('FORMAT_UNKNOWN', `${output} ends neither with .csv nor with .tsfile: give --format`);
}
