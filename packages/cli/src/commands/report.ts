// One node's report, asked for over HTTP.

import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, InvalidArgumentError } from 'commander';
import { describeError } from '../describe-error.ts';
import { createStyle, wantsColour } from '../terminal/style.ts';
import { fetchReport } from './fetch-report.ts';
import { parseGroup, parseWhole } from './parse-whole.ts';
import { renderReport } from './report-text.ts';

const DEFAULT_URL = 'http://127.0.0.1:7201';
/** Cursor to the upper left corner, and nothing on the screen (ECMA-48). */
const CLEAR_SCREEN = '\x1b[H\x1b[2J';
const WATCH_SECONDS_MAX = 86_400;

interface ReportFlags {
  url: URL;
  json?: true;
  group?: number;
  watch?: number;
}

export function addReportCommand(program: Command): void {
  program
    .command('report')
    .summary('what one node does: routes, followers, stages of batches')
    .description(
      'Asks one node for its report: its process, log and links; and of each group the role, who feeds whom, how far and how ' +
        'quick each follower is, and what batches wait for.',
    )
    .option('--url <url>', 'HTTP address of the node', parseUrl, new URL(DEFAULT_URL))
    .option('--group <number>', 'only this group', parseGroup)
    .option('--json', 'print the report as one line of JSON: see docs/report.md')
    .option('--watch <seconds>', 'again and again, so many seconds apart, until Ctrl-C', parseSeconds)
    .addHelpText(
      'after',
      `
Times and rates are of the last minute. A node begins to measure when it is
first asked, so the first report has none. What only a leader knows, such as
routes and followers, is in the report of the node that leads the group:
'balsa status' tells which one that is. docs/report.md explains every column.

Exit codes:
  0  the node was asked
  1  it did not answer, or not with a report; standard error says why
  2  the command line is wrong

Examples:
  $ balsa report
  $ balsa report --url http://10.0.0.2:7201 --group 1
  $ balsa report --watch 5
  $ balsa report --json | jq '.groups[].routes'`,
    )
    .action(report);
}

async function report({ url, json, group, watch }: ReportFlags): Promise<void> {
  const show = async (): Promise<string> => {
    const { text, report: fetched } = await fetchReport(url, group);
    const style = createStyle(wantsColour(process.stdout.isTTY === true, process.env));
    return json ? text : renderReport(fetched, style).join('\n');
  };
  if (watch === undefined) {
    console.log(await show());
    return;
  }
  const clearsScreen = process.stdout.isTTY === true && !json;
  for (;;) {
    // A node that is away for a moment is what one may be waiting for.
    const shown = await show().catch((error: unknown) => {
      const { code, message } = describeError(error);
      return code === 'UNEXPECTED' ? Promise.reject(error) : { trouble: `balsa: ${code}: ${message}` };
    });
    if (typeof shown !== 'string') console.error(shown.trouble);
    else console.log(clearsScreen ? `${CLEAR_SCREEN}${shown}` : json ? shown : `${shown}\n`);
    await sleep(watch * 1000);
  }
}

function parseUrl(text: string): URL {
  const url = /^https?:\/\//.test(text) ? text : `http://${text}`;
  if (!URL.canParse(url)) throw new InvalidArgumentError(`Give an address such as ${DEFAULT_URL}.`);
  return new URL(url);
}

function parseSeconds(text: string): number {
  return parseWhole(text, 1, WATCH_SECONDS_MAX, `Give a whole number of seconds from 1 to ${WATCH_SECONDS_MAX}.`);
}
