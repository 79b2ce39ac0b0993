import { type Command, InvalidArgumentError } from 'commander';
import { catchInterrupts, INTERRUPTED_EXIT_CODE } from '../demo/interrupt.ts';
import { runTour, type TourOutcome } from '../demo/tour.ts';
import { createScreen } from '../terminal/screen.ts';

/** 26,277 points each; more would not fit into the store's memory by default. */
const DEVICES_MAX = 1000;

interface DemoFlags {
  devices: number;
  folder?: string;
  keep?: true;
  exit?: true;
  json?: true;
}

export function addDemoCommand(program: Command): void {
  program
    .command('demo')
    .summary('a guided tour of a three-node cluster on this machine')
    .description(
      'Starts three node processes on free loopback ports, imports a year of hourly weather as a fleet of stations, ' +
        'shows daily averages read from a follower, kills the leader in the middle of writing, brings it back, and ' +
        'checks that every acknowledged point is on every node. Then the cluster stays up until Ctrl-C.',
    )
    .option('--devices <count>', 'weather stations to import, 26,277 points each', parseDevices, 50)
    .option(
      '--folder <path>',
      'new or empty folder for the data, which then stay (default: a new one, removed at the end)',
    )
    .option('--keep', 'do not remove the data at the end')
    .option('--exit', 'end after the tour, with exit code 0 only if nothing was lost and all replicas are equal')
    .option(
      '--json',
      'print the outcome as one JSON object, the last line of standard output; all else goes to standard error',
    )
    .addHelpText(
      'after',
      `
The JSON object:
  nodes          nodes in the cluster
  points         distinct (series, timestamp) pairs held in the end
  acknowledged   points whose write was acknowledged to the client
  lost           acknowledged points that a node lacks or holds with another
                 value, added up over all nodes
  failoverMs     longest time without an acknowledgement around the kill
  replicasEqual  whether all nodes gave the same checksum at the same index

Exit codes:
  0    nothing was lost, nothing was applied twice, all replicas are equal
  1    something was, or the tour could not be finished
  2    the command line is wrong
  130  interrupted before the outcome was known

Examples:
  $ balsa demo
  $ balsa demo --exit --json --devices 5`,
    )
    .action(async (flags: DemoFlags) => {
      process.exitCode = await demo(flags);
    });
}

async function demo(flags: DemoFlags): Promise<number> {
  const screen = createScreen(flags.json ? process.stderr : process.stdout, process.env);
  const interrupt = catchInterrupts();
  let outcome: TourOutcome | undefined;
  try {
    await runTour(
      screen,
      { devices: flags.devices, folder: flags.folder, keep: flags.keep ?? false, stay: !flags.exit },
      interrupt.signal,
      (it) => {
        outcome = it;
      },
    );
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    screen.raw('\n  Interrupted: everything is stopped.');
    return INTERRUPTED_EXIT_CODE;
  } finally {
    interrupt.release();
  }
  if (flags.json && outcome !== undefined) process.stdout.write(`${JSON.stringify(outcome.result)}\n`);
  return outcome?.isGood ? 0 : 1;
}

function parseDevices(text: string): number {
  const devices = Number(text);
  if (!Number.isInteger(devices) || devices < 1 || devices > DEVICES_MAX) {
    throw new InvalidArgumentError(`Give a whole number from 1 to ${DEVICES_MAX}.`);
  }
  return devices;
}
