// Bytes that a released version sends never change. Whoever adds a version adds what it writes otherwise; if an older
// line has to be touched to make this pass, the change breaks running clusters.

import { type Heartbeat, type HeartbeatAck, type InstallSnapshot, type Message, MessageType } from '@balsa/raft';
import { FrameQueue } from '@balsa/wire';
import { expect, test } from 'vitest';
import { encodeConfiguration } from '../configuration-bytes.ts';
import type { FragmentFrame, PeerFrame } from '../ports.ts';
import { HeartbeatRun, readHeartbeats } from './heartbeat-frames.ts';
import { decodePeerFrame, encodePeerFrame } from './peer-frame-bytes.ts';
import { peerVersionsKnown } from './peer-versions.ts';
import { asKnownTo } from './test-frames.ts';

const group = 7;
const envelope = { from: 1, to: 2, term: Number.MAX_SAFE_INTEGER };
const start = '07000000ffffffffffff1f00';

/** In hexadecimal, by the version that began to write it so. */
type Bytes = Readonly<Record<number, string>>;

const messages: readonly (readonly [string, Message, Bytes])[] = [
  [
    'preVoteRequest',
    { ...envelope, type: MessageType.preVoteRequest, campaignTerm: 8, lastIndex: 2 ** 40 + 5, lastTerm: 6 },
    { 1: `2500000001${start}080000000000000005000000000100000600000000000000` },
  ],
  [
    'preVoteResponse',
    {
      ...envelope,
      type: MessageType.preVoteResponse,
      campaignTerm: 8,
      granted: true,
      removedAt: 2 ** 33,
      commitIndex: 2 ** 34,
    },
    {
      1: `1600000002${start}080000000000000001`,
      3: `1f00000002${start}080000000000000001010000000002000000`,
      4: `2800000002${start}080000000000000001010000000002000000010000000004000000`,
    },
  ],
  [
    'voteRequest',
    { ...envelope, type: MessageType.voteRequest, lastIndex: 5, lastTerm: 6, transfer: true },
    {
      1: `1d00000003${start}05000000000000000600000000000000`,
      3: `1e00000003${start}0500000000000000060000000000000001`,
    },
  ],
  ['voteResponse', { ...envelope, type: MessageType.voteResponse, granted: false }, { 1: `0e00000004${start}00` }],
  [
    'append',
    {
      ...envelope,
      type: MessageType.append,
      term: 4,
      leader: envelope.from,
      session: 2,
      prevIndex: 10,
      prevTerm: 3,
      commitIndex: 9,
      batches: [],
      mayOvertake: true,
      routes: [],
    },
    {
      1: '310000000507000000040000000000000002000000000000000a000000000000000300000000000000090000000000000000000000',
      4:
        '3c0000000507000000040000000000000002000000000000000a000000000000000300000000000000090000000000000001000000000000000100000000' +
        '0000',
    },
  ],
  [
    'appendAck',
    { ...envelope, type: MessageType.appendAck, session: 3, durableIndex: 77, durableTerm: 6, incident: 0 },
    { 1: `2d00000006${start}03000000000000004d0000000000000006000000000000000000000000000000` },
  ],
  [
    'appendReject',
    { ...envelope, type: MessageType.appendReject, session: 3, rejectedPrevIndex: 7, hintIndex: 6, hintTerm: 1 },
    { 1: `2d00000007${start}0300000000000000070000000000000006000000000000000100000000000000` },
  ],
  [
    'heartbeat',
    {
      ...envelope,
      type: MessageType.heartbeat,
      session: 3,
      commitIndex: 70,
      round: 13,
      restore: { incident: 2, index: 69 },
      hibernates: true,
      leaderCommitIndex: 71,
      provenStamp: 72,
    },
    {
      1: `3500000008${start}030000000000000046000000000000000d0000000000000002000000000000004500000000000000`,
      3: `3f00000008${start}030000000000000046000000000000000d000000000000000200000000000000450000000000000001014700000000000000`,
      4: `4800000008${start}030000000000000046000000000000000d000000000000000200000000000000450000000000000001014700000000000000014800000000000000`,
    },
  ],
  [
    'heartbeatAck',
    {
      ...envelope,
      type: MessageType.heartbeatAck,
      session: 3,
      round: 12,
      receivedIndex: 80,
      durableIndex: 77,
      durableTerm: 6,
      incident: 2,
      appliedIndex: 2 ** 40 + 3,
      hibernates: true,
      stamp: 2 ** 48 + 5,
    },
    {
      1: `3d00000009${start}03000000000000000c0000000000000050000000000000004d0000000000000006000000000000000200000000000000`,
      2: `4600000009${start}03000000000000000c0000000000000050000000000000004d0000000000000006000000000000000200000000000000010300000000010000`,
      3: `4700000009${start}03000000000000000c0000000000000050000000000000004d000000000000000600000000000000020000000000000001030000000001000001`,
      4: `5000000009${start}03000000000000000c0000000000000050000000000000004d000000000000000600000000000000020000000000000001030000000001000001010500000000000100`,
    },
  ],
  [
    'readIndexRequest',
    { ...envelope, type: MessageType.readIndexRequest, requestId: 99 },
    { 1: `150000000a${start}6300000000000000` },
  ],
  [
    'readIndexResponse',
    { ...envelope, type: MessageType.readIndexResponse, requestId: 99, readIndex: 0 },
    { 1: `1e0000000b${start}6300000000000000010000000000000000` },
  ],
];

const frames: readonly (readonly [string, PeerFrame, Bytes])[] = [
  ...messages.map(([name, message, bytes]) => [name, { kind: 'raft', message }, bytes] as const),
  [
    'forward',
    { kind: 'forward', proposal: { requestId: 5, payload: Buffer.from('a payload'), acknowledge: 'applied' } },
    { 1: '160000001407000000050000000000000061207061796c6f6164' },
  ],
  [
    'forward, to be told of early',
    { kind: 'forward', proposal: { requestId: 5, payload: Buffer.from('a payload'), acknowledge: 'weak' } },
    {
      1: '160000001407000000050000000000000061207061796c6f6164',
      5: '170000001d0700000005000000000000000161207061796c6f6164',
    },
  ],
  [
    'forwardReply',
    { kind: 'forwardReply', reply: { requestId: 5, code: 7, index: 2 ** 33, result: Buffer.from('a result') } },
    { 1: '1f00000015070000000500000000000000070000000000020000006120726573756c74' },
  ],
];

/** As in the log: the layout of its records is older than version 3, and stays. */
const configuration = { voters: [1, 2], outgoing: [], learners: [3], preferredLeader: 2, leases: true };
const configurationHex = encodeConfiguration(configuration).toString('hex');
const installSnapshot: InstallSnapshot = {
  type: MessageType.installSnapshot,
  from: 1,
  to: 2,
  term: 8,
  session: 5,
  snapshot: { index: 2 ** 35, term: 7, configuration },
};
const installSnapshotHex = `080000000000000005000000000000000000000008000000070000000000000028000000${configurationHex}`;

const framesOfVersion3: typeof frames = [
  ['timeoutNow', { kind: 'raft', message: { ...envelope, type: MessageType.timeoutNow } }, { 3: `0d0000000d${start}` }],
  ['wake', { kind: 'raft', message: { ...envelope, type: MessageType.wake } }, { 3: `0d0000000e${start}` }],
  ['installSnapshot', { kind: 'raft', message: installSnapshot }, { 3: `510000000c07000000${installSnapshotHex}` }],
  [
    'snapshotOffer',
    { kind: 'snapshotOffer', offer: { message: installSnapshot, snapshotId: 2 ** 47, bytes: 513, logFirstIndex: 5 } },
    { 3: `690000001607000000000000000080000001020000000000000500000000000000${installSnapshotHex}` },
  ],
  [
    'snapshotRequest',
    { kind: 'snapshotRequest', request: { snapshotId: 2 ** 47, offset: 2 ** 40 + 1, bytesMax: 2 ** 18 } },
    { 3: '19000000170700000000000000008000000100000000010000' + '00000400' },
  ],
  [
    'snapshotChunk',
    { kind: 'snapshotChunk', chunk: { snapshotId: 2 ** 47, offset: 2 ** 40 + 1, bytes: Buffer.from('a chunk') } },
    { 3: '1c00000018070000000000000000800000010000000001000061206368756e6b' },
  ],
];

const route = { session: 3, prevIndex: 9, lastIndex: 2 ** 33, routes: [] };
const relayedAppend: Message = {
  ...envelope,
  type: MessageType.append,
  leader: 3,
  session: 2,
  prevIndex: 10,
  prevTerm: 3,
  commitIndex: 9,
  batches: [],
  mayOvertake: false,
  routes: [
    { ...route, node: 4, routes: [{ ...route, node: 2 ** 40 }] },
    { ...route, node: 5 },
  ],
};
const routeHex = '030000000000000009000000000000000000000002000000';

const fragment: FragmentFrame = {
  leader: 3,
  term: 8,
  commitIndex: 9,
  prevIndex: 2 ** 35,
  prevTerm: 7,
  receivers: [
    { node: 2, session: 4 },
    { node: 5, session: 6 },
  ],
  pieces: [Buffer.from('sealed')],
};

const framesOfVersion4: typeof frames = [
  [
    'fragment',
    { kind: 'fragment', fragment },
    {
      4:
        '540000001c070000000300000000000000080000000000000009000000000000000000000008000000070000000000000002' +
        '02000000000000000400000000000000050000000000000006000000000000007365616c6564',
    },
  ],
  ['nodeLoad', { kind: 'nodeLoad', bytesPerSecond: 2 ** 33 }, { 4: '0d0000001b070000000000000002000000' }],
  [
    'an append on its way',
    { kind: 'raft', message: relayedAppend },
    {
      4:
        `a200000005${start}02000000000000000a000000000000000300000000000000090000000000000003000000000000000002` +
        `000400000000000000${routeHex}01000000000000010000${routeHex}00000500000000000000${routeHex}000000000000`,
    },
  ],
];

const framesOfVersion5: typeof frames = [
  [
    'forwardAccepted',
    { kind: 'forwardAccepted', accepted: { requestId: 5, how: 'committed' } },
    { 5: '0e0000001e07000000050000000000000002' },
  ],
  [
    'weakAck',
    {
      kind: 'raft',
      message: { ...envelope, type: MessageType.weakAck, session: 3, receivedIndex: 77, receivedTerm: 6, incident: 2 },
    },
    { 5: `2d0000000f${start}03000000000000004d0000000000000006000000000000000200000000000000` },
  ],
];

const versions = Array.from({ length: peerVersionsKnown.newest }, (_, i) => i + 1);

test.each([...frames, ...framesOfVersion3, ...framesOfVersion4, ...framesOfVersion5])(
  'the bytes of %s are what they always were',
  (_name, frame, bytes) => {
    for (const version of versions) {
      const first = Math.max(
        ...Object.keys(bytes)
          .map(Number)
          .filter((began) => began <= version),
      );
      if (first < 1) continue;
      const encoded = encodePeerFrame(group, frame, version);
      expect(encoded.toString('hex'), `version ${version}`).toBe(bytes[first]);
      expect(decodePeerFrame(encoded, 1, 2, version)).toEqual({ group, frame: asKnownTo(version, frame) });
    }
  },
);

type Gathered = readonly (readonly [number, Heartbeat | HeartbeatAck])[];

const heartbeat = { ...envelope, type: MessageType.heartbeat, session: 3, commitIndex: 300, round: 13 } as const;
const ack = {
  ...envelope,
  type: MessageType.heartbeatAck,
  session: 3,
  round: 12,
  receivedIndex: 80,
  durableIndex: 77,
  durableTerm: 6,
} as const;

const gatheredHeartbeats: Gathered = [
  [
    7,
    {
      ...heartbeat,
      term: 4,
      restore: undefined,
      hibernates: true,
      leaderCommitIndex: undefined,
      provenStamp: undefined,
    },
  ],
  [
    5,
    {
      ...heartbeat,
      restore: { incident: 2, index: 2 ** 40 },
      hibernates: false,
      leaderCommitIndex: 9,
      provenStamp: 300,
    },
  ],
];
const gatheredAcks: Gathered = [
  [1000, { ...ack, term: 4, incident: 0, appliedIndex: undefined, hibernates: false, stamp: undefined }],
  [1001, { ...ack, term: 4, incident: 9, appliedIndex: 0, hibernates: true, stamp: 2 ** 21 }],
];

test.each<[string, number, Gathered, string]>([
  [
    'heartbeats',
    3,
    gatheredHeartbeats,
    '1e00000019' + '0e010403ac020d' + '0306ffffffffffffff0f03ac020d0280808080802009',
  ],
  ['heartbeatAcks', 3, gatheredAcks, '140000001a' + 'd00f0004030c504d06' + '02070' + '4030c504d060900'],
  [
    'heartbeats',
    4,
    gatheredHeartbeats,
    '2000000019' + '0e010403ac020d' + '030effffffffffffff0f03ac020d0280808080802009ac02',
  ],
  ['heartbeatAcks', 4, gatheredAcks, '180000001a' + 'd00f0004030c504d06' + '020f0' + '4030c504d06090080808001'],
])('the bytes of gathered %s are what version %i always wrote', (_name, version, gathered, hex) => {
  const run = new HeartbeatRun(1 << 20);
  for (const [of, message] of gathered) run.add(of, message, version);
  const queue = new FrameQueue();
  run.writeTo(queue);
  const bytes = Buffer.concat(queue.take().pieces);
  expect(bytes.toString('hex')).toBe(hex);
  const read: (readonly [number, PeerFrame])[] = [];
  readHeartbeats(bytes[4]!, bytes, 5, bytes.length, 1, 2, version, (of, message) => {
    read.push([of, { kind: 'raft', message }]);
  });
  expect(read).toEqual(gathered.map(([of, message]) => [of, asKnownTo(version, { kind: 'raft', message })]));
});
