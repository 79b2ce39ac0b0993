// Relays that are slow: who is to blame, what happens to what is under way through them, and when they are tried again.

import type { Mutant } from '../mutant.ts';

const leader = 'packages/raft/src/roles/leader.ts';
const holdUps = 'packages/replica/src/dispatch/hold-ups.ts';
const slowRelays = 'packages/replica/src/dispatch/slow-relays.ts';
const linkWatch = 'packages/replica/src/dispatch/link-watch.ts';
const groupDispatch = 'packages/replica/src/dispatch/group-dispatch.ts';

const relayTests = 'packages/raft/src/relays.test.ts';
const holdUpTests = 'packages/replica/src/dispatch/hold-ups.test.ts';
const slowRelayTests = 'packages/replica/src/dispatch/slow-relays.test.ts';
const linkWatchTests = 'packages/replica/src/dispatch/link-watch.test.ts';
const modelTests = 'packages/replica/src/dispatch/auto-on-links.test.ts';

export const slowRelayMutants: readonly Mutant[] = [
  {
    id: 'bypass-of-one-level',
    title: 'Who bypasses a relay forgets those below its receivers',
    seen: 'the original, L5 (a whole sub-tree misses the entry)',
    why: 'Their own relays were to get it from the one that is bypassed, and pass nothing on that comes from the leader.',
    patches: [{ file: leader, find: '        this.#bypass(receiver.id, run);\n', replace: '' }],
    killer: { by: 'tests', files: [relayTests] },
  },
  {
    id: 'slow-relay-keeps-its-load',
    title: 'A slow relay gets nothing more, but what is under way through it is left to it',
    seen: 'Balsa itself, in the making of slow relays (2026); the original, L10 (one slow follower holds up all)',
    why: 'Batches are taken in order: for as long as the slow one takes, everything behind it waits.',
    patches: [{ file: groupDispatch, find: '      this.#ports.raft.bypass(node);\n', replace: '' }],
    killer: { by: 'tests', files: [modelTests] },
  },
  {
    id: 'everybody-behind-is-blamed',
    title: 'Every relay through which something is under way is blamed for what its receivers wait for',
    seen: 'Balsa itself, in the making of slow relays (2026)',
    why: 'Behind one that is late everything looks late, whoever brought it: the quick ones look as slow as the slow one.',
    patches: [
      {
        file: holdUps,
        find: '    const waits = waitsFor(receiver, relay);\n    waits.presentMs += ms;\n    waits.lastSecond.add(ms, nowMs);\n',
        replace:
          '    for (const each of new Set(receiver.underWay.map((it) => it.relay))) {\n      if (each === undefined) continue;\n      const waits = waitsFor(receiver, each);\n      waits.presentMs += ms;\n      waits.lastSecond.add(ms, nowMs);\n    }\n',
      },
    ],
    killer: { by: 'tests', files: [holdUpTests] },
  },
  {
    id: 'relay-blamed-for-one-receiver',
    title: 'One receiver that waits is enough to call its relay slow',
    seen: 'Balsa itself, in the making of slow relays (2026)',
    why: 'A receiver that nothing gets through to, because it is slow itself, takes one relay after the other out of use.',
    patches: [
      {
        file: holdUps,
        find: 'return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)];',
        replace: 'return values.toSorted((a, b) => a - b)[values.length - 1];',
      },
    ],
    killer: { by: 'tests', files: [holdUpTests] },
  },
  {
    id: 'overdue-batch-not-counted',
    title: 'A relay is judged only by what has come through it',
    seen: 'the original, L5 (the result of a relay is ignored, and its weight is that of what was sent to it)',
    why: 'The slower it is, the less is known of it; of one that has stopped, nothing is.',
    patches: [
      {
        file: holdUps,
        find: 'const withPresent = presentMs > (perBatchMs ?? 0) ? averageWith(presentMs, perBatchMs) : perBatchMs!;',
        replace: 'const withPresent = perBatchMs ?? 0;',
      },
    ],
    killer: { by: 'tests', files: [holdUpTests] },
  },
  {
    id: 'all-relays-left-out',
    title: 'All relays can be left out at once',
    seen: 'Balsa itself, in the making of slow relays (2026)',
    why: 'When all are slow, the leader is alone with everything, which is what made them slow.',
    patches: [{ file: slowRelays, find: '      if (2 * (leftOut + 1) > relays.length) continue;\n', replace: '' }],
    killer: { by: 'tests', files: [slowRelayTests] },
  },
  {
    id: 'slow-relay-never-back',
    title: 'A relay that was slow once is on trial for ever',
    seen: 'Balsa itself, in the making of slow relays (2026)',
    why: 'The others carry its part, long after it has become quick.',
    patches: [
      {
        file: slowRelays,
        find: 'if (brought - record.broughtBefore! >= trialDeliveries) record.broughtBefore = undefined;',
        replace: 'if (brought - record.broughtBefore! >= Number.MAX_SAFE_INTEGER) record.broughtBefore = undefined;',
      },
    ],
    killer: { by: 'tests', files: [slowRelayTests] },
  },
  {
    id: 'slow-relay-back-at-once',
    title: 'A relay that is slow on its trial is tried again after as short a pause',
    seen: 'Balsa itself, in the making of slow relays (2026)',
    why: 'Every ten seconds everybody waits for it anew.',
    patches: [
      {
        file: slowRelays,
        find: 'const pauseMs = isRepeated ? Math.min(2 * before.pauseMs, pauseMaxMs) : pauseFirstMs;',
        replace: 'const pauseMs = isRepeated ? before.pauseMs : pauseFirstMs;',
      },
    ],
    killer: { by: 'tests', files: [slowRelayTests] },
  },
  {
    id: 'full-link-blamed-on-relays',
    title: 'A relay is slow if it takes long, however long answers take',
    seen: 'Balsa itself, in the making of slow relays (2026)',
    why: 'Where it is the leader’s link that is full, everything that goes out waits there, and relays are left out that are as quick as can be.',
    patches: [
      {
        file: slowRelays,
        find: 'Math.max(usual[Math.floor((usual.length - 1) / 2)]!, Math.min(...answers));',
        replace: 'usual[Math.floor((usual.length - 1) / 2)]!;',
      },
      {
        file: slowRelays,
        find: '  const answers = others.flatMap(({ answerMs }) => answerMs ?? []);\n',
        replace: '',
      },
    ],
    killer: { by: 'tests', files: [slowRelayTests] },
  },
  {
    id: 'busy-process-taken-for-full-link',
    title: 'A leader that is late itself takes its link for full',
    seen: 'Balsa itself, dispatch benchmark without caps (2026)',
    why: 'Strategy auto tries detours where no link is the trouble: with small entries, every trial costs throughput.',
    patches: [{ file: linkWatch, find: 'roundTripMs - 2 * lagMs <', replace: 'roundTripMs <' }],
    killer: { by: 'tests', files: [linkWatchTests] },
  },
];
