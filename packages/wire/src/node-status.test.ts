import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type NodeStatus, parseNodeStatus } from './node-status.ts';

const status: NodeStatus = {
  nodeId: 1,
  version: '0.1.0',
  uptimeMs: 5000,
  health: 'ready',
  members: [{ id: 1, peer: 'a:1', client: 'a:2', http: 'a:3' }],
  groups: [
    {
      group: 1,
      name: 'data',
      role: 'leader',
      term: 3,
      leader: 1,
      lastIndex: 9,
      durableIndex: 9,
      commitIndex: 9,
      appliedIndex: 8,
      members: [{ id: 1, matchIndex: 9, lag: 0, appliedIndex: 8, applyLag: 1 }, { id: 2 }],
      figures: {
        windowMs: 60_000,
        entriesPerSecond: 20.5,
        batchesPerSecond: 3,
        totalP50Ms: 1.5,
        totalP99Ms: 9,
        durableP50Ms: 1,
        durableP99Ms: 7,
        applyP99Ms: 0.2,
      },
    },
  ],
  log: { flushes: 4, bytes: 4096 },
};

describe('the status of a node', () => {
  test('comes back as it was, with what later versions may add', () => {
    const text = JSON.stringify({ ...status, later: true });
    expect(parseNodeStatus(text)).toEqual({ ...status, later: true });
  });

  test.each([
    ['{', 'is not JSON'],
    ['null', 'at ""'],
    ['[]', 'at ""'],
    [JSON.stringify({ ...status, nodeId: '1' }), 'at "nodeId"'],
    [JSON.stringify({ ...status, groups: {} }), 'at "groups"'],
    [
      JSON.stringify({ ...status, groups: [...status.groups, { ...status.groups[0], term: null }] }),
      'at "groups[1].term"',
    ],
    [JSON.stringify({ ...status, log: { flushes: 1 } }), 'at "log.bytes"'],
    [JSON.stringify(status).replace('"totalP99Ms":9', '"totalP99Ms":"9"'), 'at "groups[0].figures.totalP99Ms"'],
    // Found by `npm run fuzz`: JSON has no infinity, but numbers that JavaScript reads as one.
    [JSON.stringify(status).replace('5000', '1e999'), 'at "uptimeMs"'],
  ])('%j is refused, with the place', (text, place) => {
    expect(() => parseNodeStatus(text)).toThrow(place);
  });

  test('any JSON is refused with a code or is a status', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(() => parseNodeStatus(text)).toThrow(expect.objectContaining({ code: 'BYTES_MALFORMED' }));
      }),
    );
  });
});
