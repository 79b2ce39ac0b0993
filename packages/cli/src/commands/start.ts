import { defaultConfigText, runNode } from '@balsa/server';
import type { Command } from 'commander';

interface StartFlags {
  config?: string;
  printDefaultConfig?: true;
}

export function addStartCommand(program: Command): void {
  program
    .command('start')
    .summary('run one node')
    .description('Runs one node of a cluster until SIGTERM or Ctrl-C.')
    .usage('--config <file> [--<setting> <value> ...]')
    .option('--config <file>', 'the configuration of the node, in YAML')
    .option('--print-default-config', 'print every setting with its meaning and default, and end')
    // The settings themselves are the business of the node, which checks flags, environment and file as one.
    .allowUnknownOption()
    .allowExcessArguments()
    .addHelpText(
      'after',
      `
Every setting of the file is also a flag and an environment variable:
timing.electionTimeoutMs is --timing-election-timeout-ms and
BALSA_TIMING_ELECTION_TIMEOUT_MS. Flags win over the environment, which wins
over the file.

Exit codes:
  0   the node was stopped
  1   the node failed: the last line on standard error has the code
  78  the configuration is wrong: standard error lists every problem

Examples:
  $ balsa start --print-default-config > node.yaml
  $ balsa start --config node.yaml
  $ balsa start --config node.yaml --node-id 2 --data-folder /var/lib/balsa`,
    )
    .action(async ({ config, printDefaultConfig }: StartFlags, command: Command) => {
      if (printDefaultConfig) process.stdout.write(defaultConfigText());
      else process.exitCode = await runNode([...(config === undefined ? [] : ['--config', config]), ...command.args]);
    });
}
