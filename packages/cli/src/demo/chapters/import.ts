import { formatCount, formatDuration, formatShort } from '../../terminal/format.ts';
import { startProgress } from '../../terminal/progress.ts';
import { recordingOf, tabletsOf } from '../fleet.ts';
import { importTablets } from '../import.ts';
import type { Stage } from '../stage.ts';
import type { TimeTable } from '../weather.ts';

/** Writes the weather record as `devices` stations; gives the number of points acknowledged. */
export async function importWeather(
  { screen, client, signal }: Stage,
  table: TimeTable,
  devices: number,
): Promise<number> {
  screen.heading(2, "Import a year of Seattle's weather");
  const rows = formatCount(table.timestamps.length);
  screen.line(`${rows} hourly rows of ${table.measurements.join(', ')}, times ${formatCount(devices)} stations`);

  const total = table.timestamps.length * table.measurements.length * devices;
  const startedMs = performance.now();
  const progress = startProgress(screen, total, 'points');
  let acknowledged: number;
  try {
    acknowledged = await importTablets(client, fleetOf(table, devices), (points) => progress.update(points), signal);
  } finally {
    progress.end();
  }
  const elapsedMs = performance.now() - startedMs;
  const rate = formatShort((acknowledged / elapsedMs) * 1000);
  screen.line(`${formatCount(acknowledged)} points in ${formatDuration(elapsedMs)}: ${rate} points per second,`);
  screen.line('each acknowledged only after a majority of the nodes had it on disk');
  return acknowledged;
}

function* fleetOf(table: TimeTable, devices: number) {
  for (let number = 1; number <= devices; number++) yield* tabletsOf(recordingOf(table, number));
}
