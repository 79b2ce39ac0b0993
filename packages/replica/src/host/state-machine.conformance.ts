// What every state machine must do, so that replicas stay equal whatever happens to each of them. Its checksum is what they
// are compared by: the suite can see what the checksum sees.

import { equal, notEqual, ok } from 'node:assert/strict';
import { type ConformanceCase, casesOf } from '../conformance/case.ts';
import type { StateMachine } from '../ports.ts';

export interface StateMachineHarness {
  /** A machine in its first state, each time with the same settings. */
  create(): StateMachine;
  /**
   * Commands that change the state, in this order, refused ones among them: those that are hard to get right. A few dozen
   * are enough; all of them are applied some hundreds of times.
   */
  readonly commands: readonly Uint8Array[];
  /** As in `HostLimits`. Default: 1 MiB. */
  readonly resultBytesMax?: number;
}

/** Between the commands of clients lie entries that no state machine sees. */
function indexOf(position: number): number {
  return 3 * position + 2;
}

const prefixesMax = 24;

class Trial {
  readonly harness: StateMachineHarness;
  readonly count: number;

  constructor(harness: StateMachineHarness) {
    this.harness = harness;
    this.count = harness.commands.length;
  }

  create(): StateMachine {
    return this.harness.create();
  }

  apply(machine: StateMachine, position: number): string {
    return hex(machine.apply(indexOf(position), Uint8Array.from(this.harness.commands[position]!)));
  }

  /** Applies the commands from `from` to before `to`, and gives the results. */
  applyAll(machine: StateMachine, from = 0, to: number = this.count): string[] {
    return Array.from({ length: to - from }, (_, i) => this.apply(machine, from + i));
  }

  filled(commands: number): StateMachine {
    const machine = this.create();
    this.applyAll(machine, 0, commands);
    return machine;
  }

  /** Some numbers of commands, from none to all. */
  prefixes(): number[] {
    const step = Math.max(1, this.count / prefixesMax);
    return [...new Set(Array.from({ length: prefixesMax + 1 }, (_, i) => Math.min(this.count, Math.round(i * step))))];
  }

  /** Is it as if it had applied the first `commands`, now and when it goes on? */
  expectAsAfter(commands: number, machine: StateMachine): void {
    const expected = this.filled(commands);
    equal(machine.checksum(), expected.checksum(), `the state is not the one after ${commands} commands`);
    for (let position = commands; position < this.count; position++) {
      const result = this.apply(machine, position);
      equal(result, this.apply(expected, position), `command ${position} after ${commands} has another result`);
    }
    equal(machine.checksum(), expected.checksum(), `going on from ${commands} commands leads to another state`);
  }
}

export function stateMachineCases(harness: StateMachineHarness): ConformanceCase[] {
  const fixture = { setUp: async () => new Trial(harness), tearDown: async () => {} };
  return casesOf(fixture, {
    'equal commands give equal results and equal states': async (trial) => {
      const [one, two] = [trial.create(), trial.create()];
      equal(one.checksum(), two.checksum());
      for (let position = 0; position < trial.count; position++) {
        equal(trial.apply(one, position), trial.apply(two, position), `command ${position} has two results`);
        equal(one.checksum(), two.checksum(), `command ${position} leads to two states`);
      }
    },

    'the commands do something, which the checksum shows': async (trial) => {
      ok(trial.count > 0, 'there are no commands');
      notEqual(trial.filled(trial.count).checksum(), trial.create().checksum());
    },

    'a checksum is a number, and asking for it changes nothing': async (trial) => {
      const [asked, unasked] = [trial.create(), trial.create()];
      for (let position = 0; position < trial.count; position++) {
        const checksum = asked.checksum();
        ok(Number.isFinite(checksum), `the checksum is ${checksum}`);
        equal(asked.checksum(), checksum);
        equal(trial.apply(asked, position), trial.apply(unasked, position));
      }
      equal(asked.checksum(), unasked.checksum());
    },

    'a result is not too large, and stays as it is until the next command': async (trial) => {
      const { resultBytesMax = 1024 * 1024 } = harness;
      const machine = trial.create();
      for (const [position, command] of harness.commands.entries()) {
        const result = machine.apply(indexOf(position), Uint8Array.from(command));
        ok(result.length <= resultBytesMax, `command ${position} has a result of ${result.length} bytes`);
        const before = hex(result);
        machine.checksum();
        await drain(machine.snapshot());
        equal(hex(result), before);
      }
    },

    'a command belongs to somebody else once it is applied, and lies anywhere in his memory': async (trial) => {
      const machine = trial.create();
      for (const [position, command] of harness.commands.entries()) {
        const memory = Buffer.alloc(command.length + 30, 0xa5);
        memory.set(command, 13);
        const result = hex(machine.apply(indexOf(position), memory.subarray(13, 13 + command.length)));
        ok(memory.subarray(13, 13 + command.length).equals(command), `command ${position} was changed`);
        memory.fill(0x5a);
        equal(result, trial.applyAll(trial.create(), 0, position + 1).at(-1));
      }
      equal(machine.checksum(), trial.filled(trial.count).checksum());
    },

    'a snapshot of any state, restored into a new machine, is that state': async (trial) => {
      for (const commands of trial.prefixes()) {
        const snapshot = await drain(trial.filled(commands).snapshot());
        const machine = trial.create();
        await machine.restore(inChunks(snapshot));
        trial.expectAsAfter(commands, machine);
      }
    },

    'restoring replaces the whole state, whatever that was': async (trial) => {
      for (const commands of trial.prefixes()) {
        const snapshot = await drain(trial.filled(commands).snapshot());
        for (const before of new Set([Math.min(1, trial.count), trial.count])) {
          const machine = trial.filled(before);
          await machine.restore(inChunks(snapshot));
          trial.expectAsAfter(commands, machine);
        }
      }
    },

    'a snapshot is restored however it is cut': async (trial) => {
      const bytes = Buffer.concat(await drain(trial.filled(trial.count).snapshot()));
      for (const size of [1, 7, 1000, Math.max(1, bytes.length)]) {
        const machine = trial.create();
        await machine.restore(recut(bytes, size));
        trial.expectAsAfter(trial.count, machine);
      }
    },

    'a restored machine gives snapshots like any other': async (trial) => {
      const first = trial.create();
      await first.restore(inChunks(await drain(trial.filled(trial.count).snapshot())));
      const second = trial.create();
      await second.restore(inChunks(await drain(first.snapshot())));
      equal(second.checksum(), trial.filled(trial.count).checksum());
    },

    'a snapshot is captured when it is asked for: what is applied before its first chunk is taken does not show':
      async (trial) => {
        for (const commands of trial.prefixes()) {
          const machine = trial.filled(commands);
          const snapshot = machine.snapshot();
          trial.expectAsAfter(commands, machine);
          const restored = trial.create();
          await restored.restore(inChunks(await drain(snapshot)));
          trial.expectAsAfter(commands, restored);
        }
      },

    'commands that are applied while chunks are taken do not show in them, nor are they disturbed': async (trial) => {
      for (const commands of trial.prefixes()) {
        const machine = trial.filled(commands);
        const expected = trial.filled(commands);
        const chunks: Uint8Array[] = [];
        let position = commands;
        for await (const chunk of machine.snapshot()) {
          chunks.push(Uint8Array.from(chunk));
          if (position === trial.count) continue;
          equal(trial.apply(machine, position), trial.apply(expected, position));
          position++;
        }
        equal(machine.checksum(), expected.checksum());
        trial.expectAsAfter(position, machine);
        const restored = trial.create();
        await restored.restore(inChunks(chunks));
        trial.expectAsAfter(commands, restored);
      }
    },

    'a snapshot may be given up, before its first chunk or after it, and leaves the machine as it was': async (
      trial,
    ) => {
      for (const commands of trial.prefixes()) {
        for (const chunks of [0, 1]) {
          const machine = trial.filled(commands);
          const iterator = iteratorOf(machine.snapshot());
          for (let i = 0; i < chunks; i++) await iterator.next();
          await iterator.return?.();
          const restored = trial.create();
          await restored.restore(inChunks(await drain(machine.snapshot())));
          trial.expectAsAfter(commands, restored);
          trial.expectAsAfter(commands, machine);
        }
      }
    },
  });
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
}

type Chunks = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** Copies: a chunk belongs to the machine again when the next one is taken. */
async function drain(snapshot: Chunks): Promise<Uint8Array[]> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of snapshot) chunks.push(Uint8Array.from(chunk));
  return chunks;
}

function iteratorOf(snapshot: Chunks): AsyncIterator<Uint8Array> | Iterator<Uint8Array> {
  return Symbol.asyncIterator in snapshot ? snapshot[Symbol.asyncIterator]() : snapshot[Symbol.iterator]();
}

async function* inChunks(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

async function* recut(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield Uint8Array.from(bytes.subarray(at, at + size));
}
