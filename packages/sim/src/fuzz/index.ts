// The files that people write or keep for the simulator: scenarios, histories, scripts of plays.

import { formatHistory, type History, HistoryError, parseHistory } from '@balsa/linearizability';
import { decoderTarget, type FuzzTarget } from '@balsa/wire/fuzz';
import { drawScenario } from '../core/scenario.ts';
import { PlayError } from '../play/play-error.ts';
import { parseScript } from '../play/script.ts';
import { formatScenario, parseScenario, ScenarioError } from '../scenario-file.ts';

const histories = [
  `{"format":"balsa-history","version":1,"model":"register"}
{"comment":"two clients"}
{"client":1,"key":"a","call":0,"return":2,"op":"write","value":1}
{"client":2,"key":"a","call":1,"op":"read"}
`,
];
const script = `# A leader, and one that misses what it says
members 3 batches apart
campaign 1
settle
propose 1 2
deliver append 1>2
drop *>3
expect leader 1
expect log 2 1 1 1
lose 2 keep 1
show

members 3 newcomers 2
reconfigure 1 voters 2 3 learners 4 5 prefers 2
deliver oldest installSnapshot *>4
transfer 1 2
compact 1
stick 1
expect members 2 voters 2 3 outgoing 1 2 3
expect base 1 5
expect removed 1
`;

export const simTargets: readonly FuzzTarget[] = [
  decoderTarget({
    name: 'sim/scenario',
    corpus: [1, 2].map((seed) => Buffer.from(formatScenario(drawScenario(seed)))),
    words: ['null', '{}', '1e999', '__proto__', '0.5'],
    refusals: [ScenarioError],
    decode: (input) => parseScenario(input.toString('utf8')),
    encode: (scenario) => Buffer.from(formatScenario(scenario)),
  }),
  decoderTarget<History>({
    name: 'sim/history',
    corpus: histories.map((text) => Buffer.from(text)),
    words: ['null', '[]', '{}', '1e999', '"return":', '"counter"', '"log"', '\n'],
    refusals: [HistoryError],
    decode: (input) => parseHistory(input.toString('utf8')),
    encode: (history) => Buffer.from(formatHistory(history)),
  }),
  decoderTarget({
    name: 'sim/script',
    corpus: [Buffer.from(script)],
    words: ['expect ', 'none', 'candidate', '1>*', 'apart', 'newest', ' voters ', ' learners ', '\n', '9999999999'],
    refusals: [PlayError],
    decode: (input) => parseScript(input.toString('utf8')),
  }),
];
