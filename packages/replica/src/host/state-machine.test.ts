// The suite for state machines passes one that is right, and finds what is wrong with those that are not.

import { describe, expect, test } from 'vitest';
import type { StateMachine } from '../ports.ts';
import { stateMachineCases } from './state-machine.conformance.ts';
import { FileJournal } from './testing/file-journal.ts';
import { Journal } from './testing/journal.ts';

const commands = ['one', 'two', '', 'two', 'three', 'a longer text'].map((text) => Buffer.from(text));

describe('the journal of the tests', () => {
  for (const { name, run } of stateMachineCases({ create: () => new Journal(), commands })) test(name, run);
});

describe('the journal that keeps files', () => {
  for (const { name, run } of stateMachineCases({ create: () => new FileJournal(new Map()), commands }))
    test(name, run);
});

/** A list of texts, one chunk for each. What is left to a mutant is how it does each thing. */
class Texts implements StateMachine {
  texts: Buffer[] = [];

  apply(_index: number, command: Uint8Array): Uint8Array {
    this.texts.push(Buffer.from(command));
    return Buffer.from(`${this.texts.length}`);
  }

  *snapshotOf(texts: readonly Uint8Array[]): Generator<Uint8Array> {
    for (const text of texts) yield Buffer.concat([Buffer.from([text.length]), text]);
  }

  snapshot(): Iterable<Uint8Array> | AsyncIterable<Uint8Array> {
    return this.snapshotOf([...this.texts]);
  }

  async restore(chunks: AsyncIterable<Uint8Array>): Promise<void> {
    const parts: Buffer[] = [];
    for await (const chunk of chunks) parts.push(Buffer.from(chunk));
    const bytes = Buffer.concat(parts);
    this.texts = [];
    for (let at = 0; at < bytes.length; at += 1 + bytes[at]!) {
      this.texts.push(bytes.subarray(at + 1, at + 1 + bytes[at]!));
    }
  }

  checksum(): number {
    return Buffer.concat(this.texts).reduce((sum, byte) => (Math.imul(sum, 31) + byte) >>> 0, this.texts.length);
  }
}

let created = 0;
const mutants: Readonly<Record<string, () => StateMachine>> = {
  'draws its results': () =>
    new (class extends Texts {
      override apply(index: number, command: Uint8Array): Uint8Array {
        super.apply(index, command);
        return Buffer.from(`${Math.random()}`);
      }
    })(),
  'is another each time': () =>
    new (class extends Texts {
      override texts = [Buffer.from(`${created++}`)];
    })(),
  'does nothing': () =>
    new (class extends Texts {
      override apply(): Uint8Array {
        return new Uint8Array();
      }
    })(),
  'changes when it is asked for its checksum': () =>
    new (class extends Texts {
      override checksum(): number {
        this.texts.push(Buffer.from('asked'));
        return super.checksum();
      }
    })(),
  'has no checksum': () =>
    new (class extends Texts {
      override checksum(): number {
        return Number.NaN;
      }
    })(),
  'keeps the memory of its commands': () =>
    new (class extends Texts {
      override apply(_index: number, command: Uint8Array): Uint8Array {
        this.texts.push(Buffer.from(command.buffer, command.byteOffset, command.length));
        return Buffer.from(`${this.texts.length}`);
      }
    })(),
  'writes into its commands': () =>
    new (class extends Texts {
      override apply(index: number, command: Uint8Array): Uint8Array {
        const result = super.apply(index, command);
        command.fill(0);
        return result;
      }
    })(),
  'takes a command for the whole of its memory': () =>
    new (class extends Texts {
      override apply(index: number, command: Uint8Array): Uint8Array {
        return super.apply(index, new Uint8Array(command.buffer, 0, Math.min(command.buffer.byteLength, 8)));
      }
    })(),
  'gives results that change': () => {
    const memory = Buffer.alloc(8);
    return new (class extends Texts {
      override apply(index: number, command: Uint8Array): Uint8Array {
        super.apply(index, command);
        memory.fill(this.texts.length);
        return memory;
      }

      override checksum(): number {
        memory.fill(0xff);
        return super.checksum();
      }
    })();
  },
  'gives results that are too large': () =>
    new (class extends Texts {
      override apply(index: number, command: Uint8Array): Uint8Array {
        super.apply(index, command);
        return new Uint8Array(65);
      }
    })(),
  'captures its state when the first chunk is taken': () =>
    new (class extends Texts {
      override *snapshot(): Iterable<Uint8Array> {
        yield* super.snapshotOf([...this.texts]);
      }
    })(),
  'captures nothing': () =>
    new (class extends Texts {
      override snapshot(): Iterable<Uint8Array> {
        return super.snapshotOf(this.texts);
      }
    })(),
  'forgets something in its snapshots': () =>
    new (class extends Texts {
      override snapshot(): Iterable<Uint8Array> {
        return super.snapshotOf(this.texts.slice(0, 4));
      }
    })(),
  'restores behind what is there': () =>
    new (class extends Texts {
      override async restore(chunks: AsyncIterable<Uint8Array>): Promise<void> {
        const before = this.texts;
        await super.restore(chunks);
        this.texts.unshift(...before);
      }
    })(),
  'counts on chunks that come as they went': () =>
    new (class extends Texts {
      override async restore(chunks: AsyncIterable<Uint8Array>): Promise<void> {
        this.texts = [];
        for await (const chunk of chunks) this.texts.push(Buffer.from(chunk.subarray(1)));
      }
    })(),
  'is left as its snapshot was when that is given up': () =>
    new (class extends Texts {
      override *snapshotOf(texts: readonly Uint8Array[]): Generator<Uint8Array> {
        let isWhole = false;
        try {
          yield* super.snapshotOf(texts);
          isWhole = true;
        } finally {
          if (!isWhole) this.texts.pop();
        }
      }
    })(),
  'takes something out while its chunks are taken': () =>
    new (class extends Texts {
      override *snapshotOf(texts: readonly Uint8Array[]): Generator<Uint8Array> {
        for (const chunk of super.snapshotOf(texts)) {
          yield chunk;
          if (this.texts.length > texts.length + 2) this.texts.pop();
        }
      }
    })(),
};

async function failures(create: () => StateMachine): Promise<string[]> {
  const failed: string[] = [];
  const cases = stateMachineCases({ create, commands, resultBytesMax: 64 });
  for (const { name, run } of cases) await run().catch(() => failed.push(name));
  return failed;
}

test('a machine that is right passes', async () => {
  expect(await failures(() => new Texts())).toEqual([]);
});

test('a machine whose snapshots come in their own time passes', async () => {
  class Slow extends Texts {
    override snapshot(): AsyncIterable<Uint8Array> {
      const chunks = [...super.snapshotOf([...this.texts])];
      return (async function* () {
        for (const chunk of chunks) {
          await Promise.resolve();
          yield chunk;
        }
      })();
    }
  }
  expect(await failures(() => new Slow())).toEqual([]);
});

test.each(Object.entries(mutants))('a machine that %s does not pass', async (_, create) => {
  expect(await failures(create)).not.toEqual([]);
});
