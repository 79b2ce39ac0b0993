// The process that log-kill.test.ts kills: it appends to a log without pause, and says on standard output, before
// anything else happens, what was reported durable.

import { writeSync } from 'node:fs';
import { NodeDisk } from '../disk/node-disk.ts';
import { realClock } from '../host/real-clock.ts';
import { killTestBatch, killTestSettings } from './log-testing.ts';
import { WriteAheadLog } from './write-ahead-log.ts';

const folder = process.argv[2] ?? '';
let next = 0;
const log = await WriteAheadLog.open({
  disk: new NodeDisk(),
  folder,
  clock: realClock,
  settings: killTestSettings,
  events: {
    onDurable(_group, sequence) {
      writeSync(1, `${sequence}\n`);
      appendSome();
    },
    onFailure(error) {
      throw error;
    },
  },
});

/** Up to 32 are on their way at any time. */
function appendSome(): void {
  for (let i = 0; i < 8; i++) {
    next++;
    log.append(1, next, killTestBatch(next));
  }
}

next = log.recovered(1).lastIndex;
writeSync(1, `${next}\n`);
for (let i = 0; i < 4; i++) appendSome();
