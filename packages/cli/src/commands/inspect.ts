import { describeTsFile, type FileDescription, inspectTsFile, openTsFile } from '@balsa/tsfile';
import { type Command, InvalidArgumentError } from 'commander';

const SERIES_DEFAULT = 1000;

interface InspectFlags {
  chunks?: true;
  series: number;
  json?: true;
}

export function addInspectCommand(program: Command): void {
  program
    .command('inspect')
    .summary('structure and statistics of a TsFile')
    .description(
      'Reads the index of a TsFile: its devices and series, what is known of their values, and where they are.',
    )
    .argument('<file>', 'a TsFile of version 3 or 4')
    .option('--chunks', 'also read every chunk: its encoding, compression, sizes and pages')
    .option('--series <n>', 'describe so many series', parseCount, SERIES_DEFAULT)
    .option('--json', 'print one JSON object; integers of 64 bits are strings, texts hexadecimal')
    .addHelpText(
      'after',
      `
Exit codes:
  0  the file was described
  1  it cannot be read, or is damaged; the message says where
  2  the command line is wrong

Examples:
  $ balsa inspect data.tsfile
  $ balsa inspect data.tsfile --chunks --series 10`,
    )
    .action(async (path: string, { chunks, series, json }: InspectFlags) => {
      const description = await inspect(path, series, chunks === true);
      console.log(json ? JSON.stringify(description, plain) : describeTsFile(description).join('\n'));
    });
}

async function inspect(path: string, seriesMax: number, withChunks: boolean): Promise<FileDescription> {
  const reader = await openTsFile(path);
  try {
    return await inspectTsFile(reader, { seriesMax, withChunks });
  } finally {
    await reader.close();
  }
}

/** What JSON has no form for. */
function plain(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  return value instanceof Map ? Object.fromEntries(value) : value;
}

function parseCount(text: string): number {
  const count = Number(text);
  if (!Number.isSafeInteger(count) || count < 0) throw new InvalidArgumentError('Give a number, not negative.');
  return count;
}
