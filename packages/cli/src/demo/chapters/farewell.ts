import { stationName } from '../fleet.ts';
import type { DemoFolder } from '../folder.ts';
import type { Stage } from '../stage.ts';

/** Ten days of summer, in the year of the weather record. */
const START_MS = Date.UTC(2010, 6, 1);
const END_MS = Date.UTC(2010, 6, 11);
const WINDOW_MS = 24 * 60 * 60 * 1000;

/** Tells what can be done with a cluster that stays up. The commands work as they stand. */
export function sayWhatNext({ screen, cluster }: Stage, folder: DemoFolder): void {
  const { strong, faint } = screen.style;
  const { http = '', client = '' } = cluster.nodes[0] ?? {};
  const query = `device=${stationName(1)}&measurements=temperature&functions=avg,max`;
  const range = `startMs=${START_MS}&endMs=${END_MS}&windowMs=${WINDOW_MS}`;
  const tablet = JSON.stringify({
    device: 'root.home.kitchen',
    timestamps: [Date.UTC(2026, 0, 1)],
    measurements: ['celsius'],
    data_types: ['DOUBLE'],
    values: [[21.5]],
    is_aligned: false,
  });

  screen.raw(`\n  ${strong('The cluster is up.')} From another terminal, ask any node:\n`);
  for (const [title, lines] of [
    ['query', [`curl -s 'http://${http}/api/v1/aggregate?${query}\\`, `&${range}'`]],
    [
      'write',
      [
        `curl -s http://${http}/rest/v2/insertTablet \\`,
        "  -H 'content-type: application/json' \\",
        `  -d '${tablet}'`,
      ],
    ],
    ['watch', [`npx balsa status --node ${client}`]],
  ] as const) {
    screen.line(faint(title));
    for (const line of lines) screen.raw(line);
    screen.line();
  }
  const fate = folder.isKept ? 'its data stay' : 'its data go too, unless you start it with --keep';
  screen.raw(`  ${strong('Ctrl-C')} stops it; ${fate}.`);
}
