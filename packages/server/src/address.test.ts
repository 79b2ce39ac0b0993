import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatAddress, parseAddress } from './address.ts';

test('what is formatted is read back', () => {
  const host = fc.oneof(fc.domain(), fc.ipV4(), fc.ipV6());
  const port = fc.integer({ min: 1, max: 65_535 });
  fc.assert(
    fc.property(fc.record({ host, port }, { noNullPrototype: true }), (address) => {
      expect(parseAddress(formatAddress(address))).toEqual(address);
    }),
  );
});

test.each([
  '',
  'host',
  ':80',
  'host:',
  'host:0',
  'host:65536',
  'host:80x',
  '::1:80',
  '[::1]',
  'a b:80',
  'http://host:80',
])('"%s" is none', (text) => {
  expect(parseAddress(text)).toBeUndefined();
});
