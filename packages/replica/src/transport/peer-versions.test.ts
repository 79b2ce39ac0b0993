import fc from 'fast-check';
import { expect, test } from 'vitest';
import { agreedVersion, checkPeerVersion, type PeerVersions, peerVersionsKnown, since } from './peer-versions.ts';

const allVersions = Array.from({ length: 13 }, (_, i) => i + 1);

test('two nodes agree, whoever asks, on the newest version that both speak', () => {
  const range = fc
    .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 0, max: 4 }))
    .map(([oldest, more]): PeerVersions => ({ oldest, newest: oldest + more }));
  fc.assert(
    fc.property(range, range, (a, b) => {
      const speaks = ({ oldest, newest }: PeerVersions, version: number) => version >= oldest && version <= newest;
      const both = allVersions.findLast((version) => speaks(a, version) && speaks(b, version));
      expect([agreedVersion(a, b), agreedVersion(b, a)]).toEqual([both, both]);
    }),
  );
});

test('what came later came with a version that is known', () => {
  for (const version of Object.values(since)) {
    expect(version).toBeGreaterThan(peerVersionsKnown.oldest);
    checkPeerVersion(version);
  }
});
