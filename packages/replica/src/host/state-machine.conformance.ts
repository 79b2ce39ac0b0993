// What every state machine must do, so that replicas stay equal whatever happens to each of them. Its checksum is what they
// are compared by: the suite can see what the checksum sees.

import { equal, notEqual, ok, rejects } from 'node:assert/strict';
import { type ConformanceCase, casesOf } from '../conformance/case.ts';
import type { HeldFiles, StateMachine } from '../ports.ts';

export interface StateMachineHarness {
  /** A machine in its first state, each time with the same settings; if it has files, in a place of its own. */
  create(): StateMachine | Promise<StateMachine>;
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

  async create(): Promise<StateMachine> {
    return this.harness.create();
  }

  apply(machine: StateMachine, position: number): string {
    return hex(machine.apply(indexOf(position), Uint8Array.from(this.harness.commands[position]!)));
  }

  /** Applies the commands from `from` to before `to`, and gives the results. */
  applyAll(machine: StateMachine, from = 0, to: number = this.count): string[] {
    return Array.from({ length: to - from }, (_, i) => this.apply(machine, from + i));
  }

  async filled(commands: number): Promise<StateMachine> {
    const machine = await this.create();
    this.applyAll(machine, 0, commands);
    return machine;
  }

  /** Some numbers of commands, from none to all. */
  prefixes(): number[] {
    const step = Math.max(1, this.count / prefixesMax);
    return [...new Set(Array.from({ length: prefixesMax + 1 }, (_, i) => Math.min(this.count, Math.round(i * step))))];
  }

  /** Is it as if it had applied the first `commands`, now and when it goes on? */
  async expectAsAfter(commands: number, machine: StateMachine): Promise<void> {
    const expected = await this.filled(commands);
    equal(await machine.checksum(), await expected.checksum(), `the state is not the one after ${commands} commands`);
    for (let position = commands; position < this.count; position++) {
      const result = this.apply(machine, position);
      equal(result, this.apply(expected, position), `command ${position} after ${commands} has another result`);
    }
    equal(
      await machine.checksum(),
      await expected.checksum(),
      `going on from ${commands} commands leads to another state`,
    );
  }
}

export function stateMachineCases(harness: StateMachineHarness): ConformanceCase[] {
  const fixture = { setUp: async () => new Trial(harness), tearDown: async () => {} };
  return casesOf(fixture, {
    'equal commands give equal results and equal states': async (trial) => {
      const [one, two] = [await trial.create(), await trial.create()];
      equal(await one.checksum(), await two.checksum());
      for (let position = 0; position < trial.count; position++) {
        equal(trial.apply(one, position), trial.apply(two, position), `command ${position} has two results`);
        equal(await one.checksum(), await two.checksum(), `command ${position} leads to two states`);
      }
    },

    'the commands do something, which the checksum shows': async (trial) => {
      ok(trial.count > 0, 'there are no commands');
      notEqual(await (await trial.filled(trial.count)).checksum(), await (await trial.create()).checksum());
    },

    'a checksum is a number, and asking for it changes nothing': async (trial) => {
      const [asked, unasked] = [await trial.create(), await trial.create()];
      for (let position = 0; position < trial.count; position++) {
        const checksum = await asked.checksum();
        ok(Number.isFinite(checksum), `the checksum is ${checksum}`);
        equal(await asked.checksum(), checksum);
        equal(trial.apply(asked, position), trial.apply(unasked, position));
      }
      equal(await asked.checksum(), await unasked.checksum());
    },

    'a result is not too large, and stays as it is until the next command': async (trial) => {
      const { resultBytesMax = 1024 * 1024 } = harness;
      const machine = await trial.create();
      for (const [position, command] of harness.commands.entries()) {
        const result = machine.apply(indexOf(position), Uint8Array.from(command));
        ok(result.length <= resultBytesMax, `command ${position} has a result of ${result.length} bytes`);
        const before = hex(result);
        await machine.checksum();
        await drain(machine.snapshot());
        equal(hex(result), before);
      }
    },

    'a command belongs to somebody else once it is applied, and lies anywhere in his memory': async (trial) => {
      const machine = await trial.create();
      for (const [position, command] of harness.commands.entries()) {
        const memory = Buffer.alloc(command.length + 30, 0xa5);
        memory.set(command, 13);
        const result = hex(machine.apply(indexOf(position), memory.subarray(13, 13 + command.length)));
        ok(memory.subarray(13, 13 + command.length).equals(command), `command ${position} was changed`);
        memory.fill(0x5a);
        equal(result, trial.applyAll(await trial.create(), 0, position + 1).at(-1));
      }
      equal(await machine.checksum(), await (await trial.filled(trial.count)).checksum());
    },

    'a snapshot of any state, restored into a new machine, is that state': async (trial) => {
      for (const commands of trial.prefixes()) {
        const machine = await trial.create();
        await restoreFrom(await trial.filled(commands), machine);
        await trial.expectAsAfter(commands, machine);
      }
    },

    'restoring replaces the whole state, whatever that was': async (trial) => {
      for (const commands of trial.prefixes()) {
        const source = await trial.filled(commands);
        for (const before of new Set([Math.min(1, trial.count), trial.count])) {
          const machine = await trial.filled(before);
          await restoreFrom(source, machine);
          await trial.expectAsAfter(commands, machine);
        }
      }
    },

    'a snapshot is restored however it is cut': async (trial) => {
      const source = await trial.filled(trial.count);
      const bytes = Buffer.concat(await drain(source.snapshot()));
      for (const size of [1, 7, 1000, Math.max(1, bytes.length)]) {
        const machine = await trial.create();
        await bringFiles(source, machine, bytes);
        await machine.restore(recut(bytes, size));
        await trial.expectAsAfter(trial.count, machine);
      }
    },

    'a restored machine gives snapshots like any other': async (trial) => {
      const first = await trial.create();
      await restoreFrom(await trial.filled(trial.count), first);
      const second = await trial.create();
      await restoreFrom(first, second);
      equal(await second.checksum(), await (await trial.filled(trial.count)).checksum());
    },

    'a snapshot is captured when it is asked for: what is applied before its first chunk is taken does not show':
      async (trial) => {
        for (const commands of trial.prefixes()) {
          const machine = await trial.filled(commands);
          const snapshot = machine.snapshot();
          await trial.expectAsAfter(commands, machine);
          const restored = await trial.create();
          await restoreFrom(machine, restored, snapshot);
          await trial.expectAsAfter(commands, restored);
        }
      },

    'commands that are applied while chunks are taken do not show in them, nor are they disturbed': async (trial) => {
      for (const commands of trial.prefixes()) {
        const machine = await trial.filled(commands);
        const expected = await trial.filled(commands);
        const chunks: Uint8Array[] = [];
        let position = commands;
        for await (const chunk of machine.snapshot()) {
          chunks.push(Uint8Array.from(chunk));
          if (position === trial.count) continue;
          equal(trial.apply(machine, position), trial.apply(expected, position));
          position++;
        }
        equal(await machine.checksum(), await expected.checksum());
        await trial.expectAsAfter(position, machine);
        const restored = await trial.create();
        await restoreFrom(machine, restored, chunks);
        await trial.expectAsAfter(commands, restored);
      }
    },

    'a snapshot may be given up, before its first chunk or after it, and leaves the machine as it was': async (
      trial,
    ) => {
      for (const commands of trial.prefixes()) {
        for (const chunks of [0, 1]) {
          const machine = await trial.filled(commands);
          const iterator = iteratorOf(machine.snapshot());
          for (let i = 0; i < chunks; i++) await iterator.next();
          await iterator.return?.();
          const restored = await trial.create();
          await restoreFrom(machine, restored);
          await trial.expectAsAfter(commands, restored);
          await trial.expectAsAfter(commands, machine);
        }
      }
    },

    'files that a snapshot names stay as long as they are held, whatever comes after it': async (trial) => {
      const machine = await trial.filled(Math.ceil(trial.count / 2));
      const { files } = machine;
      if (files === undefined) return;
      const content = Buffer.concat(await drain(machine.snapshot()));
      const held = await files.hold(content);
      const before = await readAll(held);
      trial.applyAll(machine, Math.ceil(trial.count / 2));
      await drain(machine.snapshot());
      ok((await readAll(held)).equals(before));
      const again = await files.hold(content);
      held.release();
      held.release();
      ok((await readAll(again)).equals(before));
      again.release();
      const other = await trial.create();
      await rejects(other.files!.hold(content));
    },

    'files are brought piece by piece, without those that are here, and go on where they were cut off': async (
      trial,
    ) => {
      const source = await trial.filled(trial.count);
      if (source.files === undefined) return;
      const content = Buffer.concat(await drain(source.snapshot()));
      const held = await source.files.hold(content);
      const machine = await trial.create();
      const files = machine.files!;
      const pieceBytes = Math.max(1, Math.floor(held.bytes / 10));
      for (let attempt = 0; attempt < 2; attempt++) {
        const cut = await files.receive(content);
        equal(cut.bytes, held.bytes);
        for (let pieces = 0; pieces < 3; pieces++) ok(await cut.write(await held.read(cut.offset, pieceBytes)));
        await cut.close();
      }
      const receiver = await files.receive(content);
      const whole = await readAll(held);
      const flipped = Buffer.from(whole.subarray(receiver.offset));
      flipped[flipped.length - 1]! ^= 1;
      equal(await receiver.write(flipped), false, 'a damaged file was taken');
      ok(receiver.offset < receiver.bytes);
      ok(await receiver.write(whole.subarray(receiver.offset)));
      equal(receiver.offset, receiver.bytes);
      const brought = await receiver.finish();
      await receiver.close();
      await machine.restore(inChunks([content]));
      equal((await files.receive(content)).offset, held.bytes, 'what is here is to come again');
      brought.release();
      await trial.expectAsAfter(trial.count, machine);
    },
  });
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
}

/** The one becomes what the other is, or was when the snapshot was taken. */
async function restoreFrom(source: StateMachine, into: StateMachine, snapshot?: Chunks): Promise<void> {
  const content = Buffer.concat(await drain(snapshot ?? source.snapshot()));
  await bringFiles(source, into, content);
  await into.restore(inChunks([content]));
}

async function bringFiles(source: StateMachine, into: StateMachine, content: Uint8Array): Promise<void> {
  if (source.files === undefined || into.files === undefined) return;
  const held = await source.files.hold(content);
  const receiver = await into.files.receive(content);
  while (receiver.offset < receiver.bytes) ok(await receiver.write(await held.read(receiver.offset, 100_000)));
  await receiver.finish();
  await receiver.close();
  held.release();
}

async function readAll(held: HeldFiles): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for (let offset = 0; offset < held.bytes; offset += pieces.at(-1)!.length) pieces.push(await held.read(offset, 999));
  return Buffer.concat(pieces);
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
