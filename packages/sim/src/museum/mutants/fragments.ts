import type { Mutant } from '../mutant.ts';

const batchFragments = 'packages/replica/src/dispatch/batch-fragments.ts';
const codedDispatch = 'packages/raft/src/dispatch/coded-dispatch.ts';
const collector = 'packages/replica/src/dispatch/fragment-collector.ts';

const coreTests = 'packages/raft/src/fragments.test.ts';
const collectorTests = 'packages/replica/src/dispatch/fragment-collector.test.ts';
const exchangeTests = 'packages/replica/src/dispatch/batch-fragments.test.ts';

/** Batches that travel in fragments. */
export const fragmentMutants: readonly Mutant[] = [
  {
    id: 'fragments-all-needed',
    title: 'A batch can only be put together of all its fragments',
    seen: 'the original, S20 (of three members, two data fragments and no parity)',
    why: 'One follower that is slow or gone keeps the batch from all others.',
    patches: [
      {
        file: codedDispatch,
        find: 'return receivers - Math.max(1, Math.floor(receivers / 4));',
        replace: 'return receivers;',
      },
    ],
    killer: { by: 'tests', files: [coreTests] },
  },
  {
    id: 'lost-fragments-not-made-up',
    title: 'Whoever has too few fragments is sent fragments again',
    seen: 'the original, S20 and L5 (no full copies when too few members answer)',
    why: 'A follower that is cut off from the others never gets on.',
    patches: [
      { file: codedDispatch, find: '    if (isLost) this.#distrust.note(this.#core.id, follower.id);\n', replace: '' },
    ],
    killer: { by: 'tests', files: [coreTests] },
  },
  {
    id: 'foreign-fragment-taken-for-own',
    title: 'A fragment that was meant for another is passed on as the own one',
    seen: 'the original, S18 (one sender’s fragment goes to another follower)',
    why: 'One fragment goes round twice, and another not at all.',
    patches: [
      {
        file: batchFragments,
        find: 'if (from === leader && owner === nodeId) this.#passOn(frame);',
        replace: 'if (from === leader) this.#passOn(frame);',
      },
    ],
    killer: { by: 'tests', files: [exchangeTests] },
  },
  {
    id: 'fragments-of-batches-mixed',
    title: 'Fragments are gathered by their place in the log alone',
    seen: 'the original, S20 (decoding knows index and term, and not what it decodes)',
    why: 'Fragments of two batches, of two attempts or two leaders, keep each other from becoming either.',
    patches: [
      {
        file: collector,
        find: '    if (this.#done.has(key)) return undefined;\n    let gathered = this.#gathered.get(key);',
        replace:
          '    const place = String(prevIndex);\n    let gathered = [...this.#gathered].find(([other]) => other.startsWith(place))?.[1];',
      },
    ],
    killer: { by: 'tests', files: [collectorTests] },
  },
  {
    id: 'fragments-kept-across-terms',
    title: 'Fragments of an earlier leader are kept for the next',
    seen: 'the original, S16 (what waits outlives the term)',
    why: 'What an earlier leader sent and never committed is put together with what is new.',
    patches: [{ file: collector, find: '    if (term > this.#term) this.#begin(term);\n', replace: '' }],
    killer: { by: 'tests', files: [collectorTests] },
  },
  {
    id: 'unlimited-fragments',
    title: 'Fragments wait for others without limit',
    seen: 'the original, R3 (buffers without bounds)',
    why: 'A follower that never gets enough of any batch fills its memory.',
    patches: [{ file: collector, find: '      this.#makeRoom();\n', replace: '' }],
    killer: { by: 'tests', files: [collectorTests] },
  },
];
