import type { Mutant } from '../mutant.ts';

const follower = 'packages/raft/src/roles/follower.ts';
const leader = 'packages/raft/src/roles/leader.ts';
const window = 'packages/raft/src/window.ts';

const relayTests = 'packages/raft/src/relays.test.ts';
const windowTests = 'packages/raft/src/window.test.ts';

const holds = '    return message.batches.every((batch) => this.#window.hold(batch, this.#matchedIndex));';
const holdOrReject = 'if (!message.mayOvertake || !this.#hold(message)) this.#reject(message);';
const newWindow = 'this.#window = new Window(core.config.windowEntriesMax, core.config.windowBytesMax);';

/** Entries that overtake each other, and wait for those between. */
export const windowMutants: readonly Mutant[] = [
  {
    id: 'window-kept-across-leaders',
    title: 'The window outlives the leader who filled it',
    seen: 'the original, S16 (its window is never reset)',
    why: 'What a leader of the past sent ahead of a gap is taken in as the present one’s, and acknowledged.',
    patches: [
      {
        file: follower,
        find: newWindow,
        replace: 'this.#window = core.window ??= new Window(core.config.windowEntriesMax, core.config.windowBytesMax);',
      },
    ],
    killer: { by: 'core', check: 'acknowledgements' },
  },
  {
    id: 'window-neighbour-not-compared',
    title: 'What waited in the window is taken in whatever the term before it',
    seen: 'PolarFS (ParallelRaft’s “ghost entries”); the original, S15 and S16 (entries of the window that no longer fit)',
    why: 'The one check that would notice entries that do not continue the log is gone.',
    patches: [{ file: window, find: 'return batch.prevTerm === term ? batch : undefined;', replace: 'return batch;' }],
    killer: { by: 'tests', files: [windowTests] },
  },
  {
    id: 'window-without-bounds',
    title: 'Whatever comes ahead of a gap is kept',
    seen: 'the original, R3 (bounds that count entries, not bytes)',
    why: 'A follower that misses one entry fills its memory with all that follow.',
    patches: [{ file: window, find: 'if (!fits) return false;', replace: '' }],
    killer: { by: 'core', check: 'bounds' },
  },
  {
    id: 'window-erased-by-move',
    title: 'When a gap closes, the window lets go of everything',
    seen: 'the original, S15 (moving by one slot erases all others)',
    why: 'Whatever waits behind the next gap has to be sent again.',
    patches: [
      { file: window, find: 'if (batch.firstIndex <= index) this.#release(batch);', replace: 'this.#release(batch);' },
    ],
    killer: { by: 'tests', files: [windowTests] },
  },
  {
    id: 'window-off-by-one',
    title: 'The window gives out the entry after the next',
    seen: 'the original, S15 (slots that are not aligned with indexes any more)',
    why: 'Entries are appended behind a gap.',
    patches: [{ file: window, find: 'this.#batches.get(index + 1);', replace: 'this.#batches.get(index + 2);' }],
    killer: { by: 'core', check: 'invariant: a batch continues the log' },
  },
  {
    id: 'window-slots-kept',
    title: 'What has come by another way keeps its place in the window',
    seen: 'the original, S15 (windowLength never shrinks)',
    why: 'A window that is full of what nobody needs takes in nothing more.',
    patches: [{ file: window, find: 'if (batch.firstIndex <= index) this.#release(batch);', replace: '' }],
    killer: { by: 'tests', files: [windowTests] },
  },
  {
    id: 'window-tail-not-acknowledged',
    title: 'When a gap closes, only what closed it is acknowledged',
    seen: 'the original, L3 (the tail of the window starves)',
    why: 'With no further write, what waited is sent again, or never committed.',
    patches: [{ file: follower, find: '      this.#provenIndex = lastIndexOf(next);\n', replace: '' }],
    killer: { by: 'tests', files: [relayTests] },
  },
  {
    id: 'window-counts-as-log',
    title: 'What waits in the window counts as in step with the leader',
    seen: 'the original, S10 and S19 (weak acceptances that count)',
    why: 'What another leader left in the log at that place is acknowledged as this one’s.',
    patches: [
      {
        file: follower,
        find: holds,
        replace:
          'return message.batches.every((batch) => {\n      const held = this.#window.hold(batch, this.#matchedIndex);\n      if (held && lastIndexOf(batch) <= this.#core.log.lastIndex) this.#provenIndex = Math.max(this.#provenIndex, lastIndexOf(batch));\n      return held;\n    });',
      },
    ],
    killer: { by: 'tests', files: [relayTests] },
  },
  {
    id: 'window-overflow-not-told',
    title: 'What finds no room in the window is dropped without a word',
    seen: 'the original, L8 (OUT_OF_WINDOW: after five tries the entry is dropped silently)',
    why: 'The leader finds out by heartbeats only, two rounds later.',
    patches: [
      {
        file: follower,
        find: holdOrReject,
        replace: 'if (!message.mayOvertake) this.#reject(message);\n      else this.#hold(message);',
      },
    ],
    killer: { by: 'tests', files: [relayTests] },
  },
  {
    id: 'probe-waits-in-window',
    title: 'A leader’s question where the logs agree waits in the window, too',
    seen: 'the original, L7 and L9 (LOG_MISMATCH is not reported)',
    why: 'The leader is never told that the follower lacks what is before.',
    patches: [{ file: follower, find: holdOrReject, replace: 'if (!this.#hold(message)) this.#reject(message);' }],
    killer: { by: 'core', check: 'liveness' },
  },
  {
    id: 'probe-may-overtake',
    title: 'A leader that does not know where a follower stands says that it does',
    seen: 'the original, S12 (a follower’s position is guessed)',
    why: 'Its question waits ahead of a gap that nobody is going to close.',
    patches: [
      {
        file: leader,
        find: "mayOvertake: follower.state === 'replicate' && (this.#dispatch.isInUse || this.#coded.isInUse),",
        replace: 'mayOvertake: this.#dispatch.isInUse || this.#coded.isInUse,',
      },
    ],
    killer: { by: 'core', check: 'liveness' },
  },
];
