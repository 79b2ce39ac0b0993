import { expect, test } from 'vitest';
import { type LoadSpec, parseLoadSpec } from './spec.ts';

const spec: LoadSpec = {
  addresses: ['127.0.0.1:1'],
  clients: 10,
  connections: 2,
  valueBytes: 256,
  warmupSeconds: 0,
  seconds: 1,
  ratePerSecond: null,
  requestTimeoutMs: 1000,
  acknowledge: 'applied',
};

test('a specification survives the way to the generator', () => {
  expect(parseLoadSpec(JSON.stringify(spec))).toEqual(spec);
  expect(parseLoadSpec(JSON.stringify({ ...spec, ratePerSecond: 500 })).ratePerSecond).toBe(500);
});

test.each([
  ['nothing', undefined],
  ['no JSON', '{'],
  ['no object', '[]'],
  ['no addresses', JSON.stringify({ ...spec, addresses: [] })],
  ['addresses that are no text', JSON.stringify({ ...spec, addresses: [1] })],
  ['no clients', JSON.stringify({ ...spec, clients: 0 })],
  ['half a client', JSON.stringify({ ...spec, clients: 1.5 })],
  ['more connections than clients', JSON.stringify({ ...spec, connections: 11 })],
  ['a value over the limit', JSON.stringify({ ...spec, valueBytes: 2 ** 21 })],
  ['text for a number', JSON.stringify({ ...spec, seconds: '1' })],
  ['an acknowledgement that is not known', JSON.stringify({ ...spec, acknowledge: 'soon' })],
  ['a rate of nothing', JSON.stringify({ ...spec, ratePerSecond: 0 })],
])('%s is refused with a code', (_, text) => {
  expect(() => parseLoadSpec(text)).toThrow(expect.objectContaining({ code: 'ILLEGAL_ARGUMENT' }));
});
