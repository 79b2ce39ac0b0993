import { expect, test } from 'vitest';
import { type LoadListener, runLoad } from './run-load.ts';
import type { LoadSpec } from './spec.ts';

const spec: LoadSpec = {
  addresses: ['127.0.0.1:1'],
  clients: 1,
  connections: 1,
  valueBytes: 1,
  warmupSeconds: 0,
  seconds: 1,
  ratePerSecond: null,
  requestTimeoutMs: 1000,
  acknowledge: 'applied',
};

const never = new AbortController().signal;

/** A generator process that runs `script`; `say(event)` prints one. */
function generator(script: string) {
  const prelude = 'const say = (event) => console.log(JSON.stringify(event));';
  return { command: process.execPath, arguments: ['-e', prelude + script] };
}

function listener(heard: string[] = []): LoadListener & { pid: number } {
  return {
    pid: 0,
    async onMeasuring(pid) {
      this.pid = pid;
      heard.push('measuring');
    },
    async onMeasured() {
      heard.push('measured');
    },
    onProgress: (rate) => heard.push(`${rate}/s`),
  };
}

const report = `say({ event: 'report', operations: 1, seconds: 1, statuses: { OK: 1 }, latenciesUs: [[5, 1]], unstarted: 0 });`;

test('the generator gets the specification, its events are heard in order, and its report is returned', async () => {
  const heard: string[] = [];
  const result = await runLoad(
    generator(`
      say({ event: 'ready' });
      say({ event: 'measuring' });
      say({ event: 'progress', operationsPerSecond: JSON.parse(process.argv[1]).requestTimeoutMs });
      say({ event: 'measured' });
      ${report}`),
    spec,
    listener(heard),
    never,
  );
  expect(heard).toEqual(['measuring', '1000/s', 'measured']);
  expect(result).toMatchObject({ operations: 1, latenciesUs: [[5, 1]] });
});

test.each([
  ['says why it failed', `say({ event: 'failed', message: 'connection refused' });`, /connection refused/],
  ['prints something else', `console.log('hello');`, /hello/],
  ['crashes', `throw new Error('out of luck');`, /out of luck/],
  ['ends without a report', `say({ event: 'ready' });`, /without a report/],
])('a generator that %s is an error with a code', async (_, script, message) => {
  await expect(runLoad(generator(script), spec, listener(), never)).rejects.toMatchObject({
    code: 'GENERATOR_FAILED',
    message: expect.stringMatching(message),
  });
});

test('a program that does not exist is an error with a code', async () => {
  const missing = { command: '/does/not/exist', arguments: [] };
  await expect(runLoad(missing, spec, listener(), never)).rejects.toMatchObject({ code: 'GENERATOR_FAILED' });
});

test('a sample that fails is an error, once the generator has ended', async () => {
  const broken = { ...listener(), onMeasuring: () => Promise.reject(new Error('no counters')) };
  const script = `say({ event: 'measuring' }); ${report}`;
  await expect(runLoad(generator(script), spec, broken, never)).rejects.toThrow('no counters');
});

test('an interrupted run ends the generator', async () => {
  const interruption = new AbortController();
  const heard = listener();
  const onMeasuring = heard.onMeasuring.bind(heard);
  heard.onMeasuring = async (pid) => {
    await onMeasuring(pid);
    interruption.abort(new Error('interrupted'));
  };
  const endless = generator(`say({ event: 'measuring' }); setInterval(() => {}, 1000);`);
  await expect(runLoad(endless, spec, heard, interruption.signal)).rejects.toThrow('interrupted');
  expect(() => process.kill(heard.pid, 0)).toThrow(/ESRCH/);
});
