import { expect, test } from 'vitest';
import { type LoadEvent, parseLoadEvent } from './events.ts';

const events: LoadEvent[] = [
  { event: 'ready' },
  { event: 'measuring' },
  { event: 'progress', operationsPerSecond: 12 },
  { event: 'measured' },
  { event: 'failed', message: 'no connection' },
  { event: 'report', operations: 2, seconds: 1, statuses: { OK: 2 }, latenciesUs: [[100, 2]], unstarted: 0 },
];

test.each(events)('$event survives the way from the generator', (event) => {
  expect(parseLoadEvent(JSON.stringify(event))).toEqual(event);
});

test.each([
  'panic: out of memory',
  '[]',
  '{"event":"other"}',
  '{"event":"report","operations":2}',
  '{"event":"report","operations":2,"seconds":1,"statuses":{"OK":"2"},"latenciesUs":[],"unstarted":0}',
  '{"event":"report","operations":2,"seconds":1,"statuses":{},"latenciesUs":[[1,2,3]],"unstarted":0}',
])('%s is no event', (line) => {
  expect(() => parseLoadEvent(line)).toThrow(expect.objectContaining({ code: 'GENERATOR_FAILED' }));
});
