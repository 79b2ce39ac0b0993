import type { Killer, Mutant } from '../mutant.ts';

const core = 'packages/raft/src/core.ts';
const raft = 'packages/raft/src/raft.ts';
const raftLog = 'packages/raft/src/raft-log.ts';
const termRuns = 'packages/raft/src/term-runs.ts';
const follower = 'packages/raft/src/roles/follower.ts';
const leader = 'packages/raft/src/roles/leader.ts';

const byTests: Killer = { by: 'tests', files: ['packages/raft/src/snapshots.test.ts'] };

/** Logs that begin somewhere, and what takes the place of their beginning. */
export const snapshotMutants: readonly Mutant[] = [
  {
    id: 'snapshot-overwrites-newer-log',
    title: 'A snapshot that comes late takes the place of a log that has come further',
    seen: 'Camunda (camunda#6092, 2021)',
    why: 'Committed entries are lost.',
    patches: [{ file: follower, find: 'if (snapshot.index > core.commitIndex) {', replace: 'if (true) {' }],
    killer: { by: 'core', check: 'invariant: a snapshot never takes back what is committed' },
  },
  {
    id: 'snapshot-drops-what-follows',
    title: 'A snapshot takes the place of a log that agrees with it and goes on',
    seen: 'Camunda (camunda#6092, 2021); RedisLabs/raft#49 (2021); Raft paper, section 7',
    why: 'What follows was acknowledged, and may be committed by that.',
    patches: [
      {
        file: follower,
        find: 'if (core.log.termAt(snapshot.index) === snapshot.term) core.commitTo(snapshot.index);\n      else core.installSnapshot',
        replace: 'core.installSnapshot',
      },
    ],
    killer: byTests,
  },
  {
    id: 'snapshot-keeps-what-disagrees',
    title: 'A log that is long enough is kept, whatever the snapshot says',
    seen: 'openraft#559 (2022) and #753 (2023)',
    why: 'Entries of another leader are committed.',
    patches: [
      {
        file: follower,
        find: 'if (core.log.termAt(snapshot.index) === snapshot.term) core.commitTo',
        replace: 'if (core.log.lastIndex >= snapshot.index) core.commitTo',
      },
    ],
    killer: { by: 'core', check: 'state-machine safety' },
  },
  {
    id: 'configuration-lost-in-a-snapshot',
    title: 'A snapshot does not bring the configuration of its index',
    seen: 'openraft#1808 (2026), async-raft#133 (2021), swarmkit#238 (2016)',
    why: 'A member that knows the group as it was counts majorities that are none.',
    patches: [
      { file: core, find: 'this.configurations.resetTo(snapshot.index, snapshot.configuration);', replace: '' },
    ],
    killer: { by: 'core', check: 'configuration in force' },
  },
  {
    id: 'snapshot-of-an-uncommitted-change',
    title: 'A snapshot is given the newest configuration instead of the one that was in force at its index',
    seen: 'canonical/raft#250 (2021)',
    why: 'A change that is truncated later can never be taken back.',
    patches: [
      {
        file: raft,
        find: 'return this.#core.configurations.at(index).configuration;',
        replace: 'return this.#core.configurations.at(Math.max(index, this.#core.log.lastIndex)).configuration;',
      },
    ],
    killer: { by: 'core', check: 'configurations' },
  },
  {
    id: 'configuration-compacted-away',
    title: 'With the log the configuration that is still in force is forgotten',
    seen: 'dragonboat#187 (2021, why its log must be kept back to the last change)',
    why: 'When a later change is truncated, nobody knows what was before it.',
    patches: [
      {
        file: 'packages/raft/src/configuration-history.ts',
        find: 'this.#entries[1]!.index <= index) this.#entries.shift();',
        replace: 'this.#entries[0]!.index <= index) this.#entries.shift();',
      },
    ],
    killer: { by: 'core', check: 'configurations' },
  },
  {
    id: 'snapshot-livelock',
    title: 'The log is compacted beyond the snapshot that is on its way to a follower',
    seen: 'hashicorp/raft#697 (2026) and #212, consul#9609, braft#423',
    why: 'When the snapshot has arrived, the next one is needed, for ever.',
    patches: [
      {
        file: leader,
        find: 'if (this.#isInContact(follower.id)) needed = Math.min(needed, follower.snapshotIndex ?? follower.matchIndex);',
        replace: '',
      },
    ],
    killer: { by: 'core', check: 'compaction' },
  },
  {
    id: 'snapshot-pin-moves-on',
    title: 'With every reminder the log is kept only for the newest snapshot',
    seen: 'hashicorp/raft#697 (2026), with snapshots that are offered again',
    why: 'It is the first that is being transferred, and the log behind it is gone.',
    patches: [
      {
        file: leader,
        find: 'follower.snapshotIndex = Math.min(index, follower.snapshotIndex ?? index);',
        replace: 'follower.snapshotIndex = index;',
      },
      {
        file: leader,
        find: 'needed = Math.min(needed, follower.snapshotIndex ?? follower.matchIndex);',
        replace:
          'needed = Math.min(needed, follower.snapshotIndex === undefined ? follower.matchIndex : this.#core.appliedIndex);',
      },
    ],
    killer: { by: 'core', check: 'compaction' },
  },
  {
    id: 'snapshot-offered-once',
    title: 'A snapshot is offered once',
    seen: 'etcd/raft (a follower is paused until somebody reports the fate of its snapshot)',
    why: 'If the offer is lost, the follower never comes back.',
    patches: [
      {
        file: leader,
        find: "if (follower.state === 'snapshot' && nowTick < follower.nextOfferTick) return;",
        replace: "if (follower.state === 'snapshot') return;",
      },
    ],
    killer: { by: 'core', check: 'liveness' },
  },
  {
    id: 'snapshot-offered-all-the-time',
    title: 'A snapshot is offered anew with every heartbeat',
    seen: 'renegade#634 and openraft#1706 (transfers that begin again before they can end)',
    why: 'Whoever starts over with each offer never ends.',
    patches: [{ file: leader, find: 'follower.nextOfferTick = nowTick + config.electionTicks;', replace: '' }],
    killer: byTests,
  },
  {
    id: 'snapshot-outlives-its-session',
    title: 'A snapshot is thrown away if its session has ended while it was transferred',
    seen: 'Balsa itself, found in review; Camunda (camunda#5135 and #14671, transfers that begin from the start)',
    why: 'With connections that break now and then, a large snapshot never arrives.',
    patches: [
      {
        file: follower,
        find: '        this.takeSnapshot(message.snapshot);',
        replace: '        if (message.session >= this.#session) this.takeSnapshot(message.snapshot);',
      },
    ],
    killer: byTests,
  },
  {
    id: 'snapshot-acknowledged-too-early',
    title: 'A snapshot is acknowledged before the log is durably reset',
    seen: 'the original, S6 and S25 (ready although it is not)',
    why: 'After a crash the member is back at the beginning, and was counted.',
    patches: [
      {
        file: raftLog,
        find: 'this.#durableIndex = 0;',
        replace: 'this.#durableIndex = base.index;',
      },
    ],
    killer: byTests,
  },
  {
    id: 'old-append-confirms-snapshot',
    title: 'The confirmation of an earlier append counts for the log that was reset since',
    seen: 'etcd/raft (the ABA problem that its asynchronous storage writes describe)',
    why: 'Entries are called durable that are not there any more.',
    patches: [
      { file: raftLog, find: '    this.#unconfirmed = [];\n    this.#durableIndex', replace: '    this.#durableIndex' },
    ],
    killer: { by: 'core', check: 'invariant: what is durable is in the log' },
  },
  {
    id: 'base-with-the-last-term',
    title: 'The entry before a compacted log is given the term of its last entry',
    seen: 'the original, S14 (the term in front of a shortened log)',
    why: 'What follows does not fit, or what does not follow fits.',
    patches: [
      {
        file: termRuns,
        find: 'this.#base = { index, term };',
        replace: 'this.#base = { index, term: this.lastTerm };',
      },
    ],
    killer: { by: 'core', check: 'acknowledgements' },
  },
  {
    id: 'compacted-terms-match',
    title: 'Entries that were compacted are taken to have the term of the first that is known',
    seen: 'the original, S12 (-1 for “unknown” and for “beyond the end”)',
    why: 'Acknowledgements of another log count.',
    patches: [
      {
        file: termRuns,
        find: 'if (index === this.#base.index) return this.#base.term;',
        replace: 'if (index <= this.#base.index) return this.#base.term;',
      },
    ],
    killer: byTests,
  },
  {
    id: 'compacted-while-read',
    title: 'What was read from the log is sent although the log was compacted meanwhile',
    seen: 'openraft#1706 (2026, purged while a follower was fed)',
    why: 'The entry before it is gone, and the leader stops.',
    patches: [{ file: leader, find: ' && needed[0]!.firstIndex > this.#core.log.base.index', replace: '' }],
    killer: byTests,
  },
  {
    id: 'append-before-the-base-refused',
    title: 'A follower refuses appends that begin before its snapshot',
    seen: 'RedisLabs/raft#49 (2021)',
    why: 'A leader that knows less of it starts over with it, again and again.',
    patches: [
      {
        file: follower,
        find: 'const matches = message.prevIndex <= core.commitIndex || core',
        replace: 'const matches = core',
      },
    ],
    killer: { by: 'core', check: 'liveness' },
  },
  {
    id: 'compacted-entries-appended-again',
    title: 'What was compacted is taken for missing',
    seen: 'RedisLabs/raft#49 (2021)',
    why: 'Entries that a snapshot holds are appended once more.',
    patches: [{ file: raftLog, find: 'return lastIndexOf(batch) <= this.base.index || ', replace: 'return ' }],
    killer: { by: 'core', check: 'invariant: a committed entry is never truncated' },
  },
];
