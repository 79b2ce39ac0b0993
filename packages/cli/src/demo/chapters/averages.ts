import type { LocalNode } from '@balsa/server';
import { type Cell, NodeClient } from '../../node-client/node-client.ts';
import { renderPlot } from '../../terminal/plot.ts';
import { renderTable } from '../../terminal/table.ts';
import { stationName } from '../fleet.ts';
import type { Stage } from '../stage.ts';
import type { TimeTable } from '../weather.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const READ_TIMEOUT_MS = 30_000;
const PLOT_ROWS = 9;
/** The table shows a week of summer, the plot the whole year. */
const WEEK_START = { month: 6, day: 1 };
const WEEK_DAYS = 7;
const UNITS: Readonly<Record<string, string>> = { pressure: 'hPa', temperature: '°C', wind: 'm/s' };
const PLOTTED = 'temperature';

const dayName = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' });
const monthName = new Intl.DateTimeFormat('en-US', { month: 'short', timeZone: 'UTC' });

interface DailyAverages {
  readonly measurements: readonly string[];
  readonly days: readonly number[];
  /** One for each measurement; NaN for a day without values. */
  readonly columns: readonly (readonly number[])[];
}

/** Asks a node that does not lead for daily averages, in SQL, and shows them; then the others, which must answer the same. */
export async function showAverages(stage: Stage, follower: LocalNode, table: TimeTable): Promise<void> {
  const { screen, cluster } = stage;
  screen.heading(3, `Ask node ${follower.id}, a follower, in SQL`);
  const sql = statementFor(table);
  for (const line of sql) screen.line(screen.style.strong(line));
  screen.line();
  // A follower asks the leader how far it must have applied before it answers: as fresh as the leader's own answer.
  const averages = await askNode(stage, follower, sql.join(' '), table);
  for (const [at, line] of weekTable(averages).entries()) screen.line(at === 0 ? screen.style.faint(line) : line);
  screen.line();
  screen.line(screen.style.faint(titleOf(PLOTTED)));
  for (const line of yearPlot(averages, screen.widthColumns)) screen.line(screen.style.accent(line));
  screen.line();
  const others = cluster.nodes.filter(({ id }) => id !== follower.id);
  const answers = await Promise.all(others.map((node) => askNode(stage, node, sql.join(' '), table)));
  const equal = answers.filter((answer) => JSON.stringify(answer) === JSON.stringify(averages));
  screen.line(
    equal.length === others.length
      ? `nodes ${others.map(({ id }) => id).join(' and ')} answer the same, value for value`
      : screen.style.bad(`only ${equal.length} of ${others.length} other nodes answer the same`),
  );
}

/** By day, from midnight to midnight in UTC. */
function statementFor({ measurements, timestamps }: TimeTable): string[] {
  const first = timestamps[0] ?? 0;
  const last = timestamps.at(-1) ?? 0;
  const day = (timeMs: number) => new Date(timeMs - (timeMs % DAY_MS)).toISOString().slice(0, 10);
  return [
    `SELECT ${measurements.map((measurement) => `avg(${measurement})`).join(', ')}`,
    `FROM ${stationName(1)}`,
    `GROUP BY ([${day(first)}, ${day(last + DAY_MS)}), 1d)`,
  ];
}

async function askNode({ signal }: Stage, { http }: LocalNode, sql: string, table: TimeTable): Promise<DailyAverages> {
  const client = new NodeClient([new URL(`http://${http}`)]);
  try {
    const { blocks } = await client.query(sql, { timeoutMs: READ_TIMEOUT_MS, signal });
    const rows: (readonly Cell[])[] = [];
    for await (const some of blocks) rows.push(...some);
    return {
      measurements: table.measurements,
      days: rows.map(([time]) => Number(time)),
      columns: table.measurements.map((_, at) => rows.map((row) => Number(row[at + 1] ?? Number.NaN))),
    };
  } finally {
    client.close();
  }
}

function weekTable({ measurements, days, columns }: DailyAverages): string[] {
  const year = new Date(days[0] ?? 0).getUTCFullYear();
  const first = days.indexOf(Date.UTC(year, WEEK_START.month, WEEK_START.day));
  return renderTable(
    [
      { title: 'day', align: 'right' },
      ...measurements.map((measurement) => ({ title: titleOf(measurement), align: 'right' as const })),
    ],
    days
      .slice(first, first + WEEK_DAYS)
      .map((dayMs, at) => [
        dayName.format(dayMs),
        ...columns.map((values) => (values[first + at] ?? Number.NaN).toFixed(1)),
      ]),
  );
}

function yearPlot({ measurements, days, columns }: DailyAverages, widthColumns: number): string[] {
  const ticks = days
    .map((dayMs, at) => ({ at, day: new Date(dayMs) }))
    .filter(({ day }) => day.getUTCDate() === 1)
    .map(({ at, day }) => ({ at, label: monthName.format(day) }));
  const values = columns[measurements.indexOf(PLOTTED)] ?? [];
  return renderPlot(values, { widthColumns, heightRows: PLOT_ROWS, ticks, formatValue: (value) => value.toFixed(1) });
}

function titleOf(measurement: string): string {
  return [measurement, UNITS[measurement]].filter(Boolean).join(' ');
}
