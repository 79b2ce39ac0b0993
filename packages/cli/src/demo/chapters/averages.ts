import type { LocalNode } from '@balsa/server';
import type { AggregateResult } from '@balsa/wire';
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

/** Reads daily averages back from a node that does not lead, and shows them. */
export async function showAverages(
  { screen, client, signal }: Stage,
  follower: LocalNode,
  table: TimeTable,
): Promise<void> {
  screen.heading(3, `Read it back from node ${follower.id}, a follower`);
  const firstMs = table.timestamps[0] ?? 0;
  const startMs = firstMs - (firstMs % DAY_MS);
  const averages = await client.aggregate(
    {
      device: stationName(1),
      measurements: table.measurements,
      functions: ['avg'],
      startMs,
      endMs: (table.timestamps.at(-1) ?? 0) + 1,
      windowMs: DAY_MS,
    },
    // A follower asks the leader how far it must have applied before it answers: as fresh as the leader's own answer.
    { consistency: 'linearizable', node: follower.client, timeoutMs: READ_TIMEOUT_MS, signal },
  );
  screen.line(`Daily averages of ${stationName(1)}: a week in July, and the year`);
  screen.line();
  for (const [at, line] of weekTable(averages).entries()) screen.line(at === 0 ? screen.style.faint(line) : line);
  screen.line();
  screen.line(screen.style.faint(titleOf(PLOTTED)));
  for (const line of yearPlot(averages, screen.widthColumns)) screen.line(screen.style.accent(line));
}

function weekTable({ windowStarts, columns }: AggregateResult): string[] {
  const year = new Date(windowStarts[0] ?? 0).getUTCFullYear();
  const first = windowStarts.indexOf(Date.UTC(year, WEEK_START.month, WEEK_START.day));
  const days = windowStarts.subarray(first, first + WEEK_DAYS);
  return renderTable(
    [
      { title: 'day', align: 'right' },
      ...columns.map(({ measurement }) => ({ title: titleOf(measurement), align: 'right' as const })),
    ],
    Array.from(days, (dayMs, at) => [
      dayName.format(dayMs),
      ...columns.map(({ values }) => (values[first + at] ?? Number.NaN).toFixed(1)),
    ]),
  );
}

function yearPlot({ windowStarts, columns }: AggregateResult, widthColumns: number): string[] {
  const ticks = Array.from(windowStarts, (dayMs, at) => ({ at, day: new Date(dayMs) }))
    .filter(({ day }) => day.getUTCDate() === 1)
    .map(({ at, day }) => ({ at, label: monthName.format(day) }));
  const values = columns.find(({ measurement }) => measurement === PLOTTED)?.values ?? [];
  return renderPlot(values, { widthColumns, heightRows: PLOT_ROWS, ticks, formatValue: (value) => value.toFixed(1) });
}

function titleOf(measurement: string): string {
  return [measurement, UNITS[measurement]].filter(Boolean).join(' ');
}
