import type { Screen } from '../../terminal/screen.ts';
import { stationName } from '../fleet.ts';
import type { DemoFolder } from '../folder.ts';
import type { Stage } from '../stage.ts';

const NEW_YEAR_MS = Date.UTC(2026, 0, 1);

/** Tells what can be done with a cluster that stays up. The commands work as they stand, pasted into a shell. */
export function sayWhatNext({ screen, cluster }: Stage, folder: DemoFolder): void {
  const { strong, faint } = screen.style;
  const { http = '', client = '' } = cluster.nodes[0] ?? {};
  const commands = {
    // Ten days of summer, in the year of the weather record.
    ask: [
      `npx balsa sql --node http://${http} -e "SELECT avg(temperature), max_value(wind) FROM ${stationName(1)} \\`,
      '  GROUP BY ([2010-07-01, 2010-07-11), 1d)"',
    ],
    prompt: [`npx balsa sql --node http://${http}`],
    write: [
      `curl -s http://${http}/rest/v2/insertTablet \\`,
      "  -H 'content-type: application/json' -d '{",
      `    "device": "root.home.kitchen", "timestamps": [${NEW_YEAR_MS}],`,
      '    "measurements": ["celsius"], "data_types": ["DOUBLE"],',
      `    "values": [[21.5]], "is_aligned": false }'`,
    ],
    watch: [`npx balsa status --node ${client}`],
  };

  screen.raw(`\n  ${strong('The cluster is up.')} From another terminal in this folder, ask any node:`);
  for (const [title, lines] of Object.entries(commands)) {
    screen.raw(`\n     ${faint(title)}`);
    // Not indented: a line that is pasted whole must not bring spaces along.
    for (const line of lines) screen.raw(line);
  }
  const fate = folder.isKept ? 'its data stay' : 'its data go too, unless you start it with --keep';
  screen.raw(`\n  ${strong('Ctrl-C')} stops it; ${fate}.`);
}

export function sayGoodbye(screen: Screen, folder: DemoFolder): void {
  screen.raw(`\n  Stopped. ${folder.isKept ? `The data are in ${folder.shownPath}.` : 'The data are removed.'}`);
}
