import { parseZone } from '@balsa/sql';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { NodeClient } from '../node-client/node-client.ts';
import { addNodes, DEFAULT_NODE } from '../node-client/parse-node.ts';
import { addToHistory, historyFile, loadHistory } from '../sql/history.ts';
import { outputFormats } from '../sql/output/result-writer.ts';
import { runPrompt } from '../sql/prompt.ts';
import { linesOf, linesOfFile, runScript } from '../sql/run-script.ts';
import type { StatementContext } from '../sql/run-statement.ts';
import type { Settings } from '../sql/settings.ts';
import { createStyle, wantsColour } from '../terminal/style.ts';

interface SqlFlags {
  node?: URL[];
  execute?: string;
  file?: string;
  format: Settings['format'];
  zone: string;
  consistency: Settings['consistency'];
  wide?: true;
  timing?: true;
  keepGoing?: true;
}

export function addSqlCommand(program: Command): void {
  program
    .command('sql')
    .summary('a prompt for SQL, or statements from a file')
    .description(
      'Sends SQL to any node over HTTP and shows what it answers. Without -e and -f, and at a terminal, it is a prompt: ' +
        '\\help tells what it can do.',
    )
    .option(
      '--node <url>',
      `HTTP address of a node; others, given with commas or again, are asked when it is away (default: ${DEFAULT_NODE})`,
      addNodes,
    )
    .option('-e, --execute <text>', 'carry out these statements, with semicolons between them')
    .option('-f, --file <file>', 'carry out the statements of a file; "-" is standard input')
    .addOption(new Option('--format <format>', 'how results are shown').choices(outputFormats).default('table'))
    .option('--zone <zone>', 'zone of times, in statements and in tables, such as +08:00', parseZoneName, 'Z')
    .addOption(
      new Option('--consistency <kind>', 'local: what the node has, without asking others')
        .choices(['linearizable', 'local'])
        .default('linearizable'),
    )
    .option('--wide', 'do not fit tables into the terminal')
    .option('--timing', 'tell how long each statement took; the prompt does so anyway')
    .option('--keep-going', 'go on after a statement that failed')
    .addHelpText(
      'after',
      `
Statements without a prompt are carried out one after the other, up to the first
that fails. Results stream: a table's columns are as wide as its first rows ask
for, and other formats have times in milliseconds. docs/shell.md tells more.

Exit codes:
  0   all statements were carried out
  1   one failed; standard error says which, and why
  2   the command line is wrong
  69  no node answers

Examples:
  $ balsa sql
  $ balsa sql --node http://10.0.0.1:7201,http://10.0.0.2:7201
  $ balsa sql -e 'show databases; select last ** from root'
  $ balsa sql -f schema.sql --keep-going
  $ balsa sql --format csv -e 'select * from root.plant.line1' > line1.csv`,
    )
    .action(async (flags: SqlFlags) => {
      process.exitCode = await sql(flags);
    });
}

async function sql({ node = [new URL(DEFAULT_NODE)], execute, file, ...flags }: SqlFlags): Promise<number> {
  const client = new NodeClient(node);
  const { stdin, stdout, stderr } = process;
  const settings: Settings = {
    format: flags.format,
    zone: flags.zone,
    consistency: flags.consistency,
    isTiming: flags.timing === true,
    isWide: flags.wide === true,
  };
  const widthColumns = (): number | undefined => (stdout.isTTY ? stdout.columns : undefined);
  const context: StatementContext = { client, settings, output: stdout, widthColumns };
  const script = (name: string, lines: AsyncIterable<string> | Iterable<string>): Promise<number> =>
    runScript(lines, context, { name, keepsGoing: flags.keepGoing === true, errors: stderr });
  try {
    if (execute !== undefined) return await script('-e', execute.split(/\r?\n/));
    if (file !== undefined && file !== '-') return await script(file, linesOfFile(file));
    if (file === '-' || !stdin.isTTY) return await script('standard input', linesOf(stdin));
    await prompt({ ...context, settings: { ...settings, isTiming: true } });
    return 0;
  } finally {
    client.close();
  }
}

async function prompt(context: StatementContext): Promise<void> {
  const { stdin, stdout, env } = process;
  const style = createStyle(wantsColour(stdout.isTTY === true, env));
  const path = historyFile(env);
  let remembering: Promise<unknown> = Promise.resolve();
  const warn = (error: unknown): void => {
    stdout.write(`${style.faint(`no history: ${(error as Error).message}`)}\n`);
  };
  stdout.write(`Balsa at ${context.client.node.host}. \\help tells what there is, \\q leaves.\n`);
  await runPrompt({
    ...context,
    input: stdin,
    isTerminal: stdout.isTTY === true,
    style,
    history: await loadHistory(path).catch((error: unknown) => {
      warn(error);
      return [];
    }),
    remember: (entry) => {
      remembering = remembering.then(() => addToHistory(path, entry)).catch(() => {});
    },
  });
  await remembering;
}

function parseZoneName(text: string): string {
  try {
    parseZone(text);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
  return text;
}
