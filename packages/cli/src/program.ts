import { createRequire } from 'node:module';
import { Command } from 'commander';
import { addDemoCommand } from './commands/demo.ts';
import { addExportCommand } from './commands/export.ts';
import { addHashPasswordCommand } from './commands/hash-password.ts';
import { addImportCommand } from './commands/import.ts';
import { addInspectCommand } from './commands/inspect.ts';
import { addLogCommand } from './commands/log.ts';
import { addRecoverQuorumCommand } from './commands/recover-quorum.ts';
import { addRepairCommand } from './commands/repair.ts';
import { addReportCommand } from './commands/report.ts';
import { addSqlCommand } from './commands/sql.ts';
import { addStartCommand } from './commands/start.ts';
import { addStatusCommand } from './commands/status.ts';

const { version }: { version: string } = createRequire(import.meta.url)('../package.json');

/** The `balsa` command line. Commander reports wrong usage by throwing, so that the caller can choose the exit code. */
export function createProgram(): Command {
  const program = new Command('balsa')
    .description('Balsa: a replicated time-series database for IoT')
    .version(version, '--version', 'print the version')
    .helpCommand(false)
    .showSuggestionAfterError()
    .exitOverride()
    .addHelpText(
      'after',
      `
Examples:
  $ balsa demo                         a tour of a cluster on this machine
  $ balsa start --config node.yaml     run one node
  $ balsa status --node host:7101      look at a running cluster
  $ balsa report                       what one node does, and what it waits for
  $ balsa sql                          a prompt for SQL
  $ balsa import plant.csv             rows of a file into a node
  $ balsa export --path 'root.**' -o all.tsfile
  $ balsa inspect file.tsfile          what a data file is made of
  $ balsa log /var/lib/balsa           what the log of a stopped node holds

'balsa <command> --help' tells more, exit codes included.`,
    );
  addStartCommand(program);
  addStatusCommand(program);
  addReportCommand(program);
  addSqlCommand(program);
  addImportCommand(program);
  addExportCommand(program);
  addDemoCommand(program);
  addRepairCommand(program);
  addRecoverQuorumCommand(program);
  addInspectCommand(program);
  addLogCommand(program);
  addHashPasswordCommand(program);
  return program;
}
