import { describe, expect, it } from 'vitest';
import { filled, type Machine, samples } from '../testing/samples.ts';
import { bytesOf, inPieces } from '../testing/snapshots.ts';

/** The bytes of each: later versions must still understand them. The registry's are of version 2; version 1 never left the house. */
const released: Readonly<Record<string, string>> = {
  Counter: '42534e5001010100190000000102000000000000000500000000000000020000000000000005000000001e427e75',
  SchemaRegistry:
    '42534e50010202001d0000000107000000000000000400000000000000e3f7add30a0000000000000009000000020600726f6f74' +
    '2e610d000000020a00726f6f742e60622e636013000000021000726f6f742e706c616e742e6c696e65341e000000031300726f6f' +
    '742e706c616e742e6c696e65342e2a2a005c26050000000014000000030900726f6f742e612e2a2ae80300000000000022000000' +
    '04000600726f6f742e61040100730700474f52494c4c4103004c5a340000000000002200000004000a00726f6f742e60622e6360' +
    '000100730300524c4503004c5a340000000000002300000004000600726f6f742e6102010074080054535f324449464603004c5a' +
    '340000000000004200000004011000726f6f742e706c616e742e6c696e653403050073706565640300524c4504005a5354440100' +
    '7601000400756e697403006d2f73010005006d616b657200000500000000857eaba1',
  SeriesStore:
    '42534e5001030100410000000109000000000000000b00000000000000020000000000000009000000000000000b000000000000' +
    '007b29000000000000204e0000000000000a000000000000001200000002040600726f6f742e610600646f75626c653400000003' +
    '0103000000000000408f400000000000409f40000000000070a7400000000000803440000000000000f0bf000000000000f87f0a' +
    '000000020500000400746578742100000003010200000000000000f0bf000000000000f03f05000000000000006772c3bc6e1700' +
    '000002000a00726f6f742e60622e63600700626f6f6c65616e0d000000030101000000000000001440010b000000020100000500' +
    '696e74333210000000030101000000000000000000feffffff0b000000020200000500696e7436341400000003010100ffffffff' +
    'ffff3f4300000000000000801100000002030600726f6f742e610500666c6f617410000000030101000000000000001c40000000' +
    '3f0f00000002080000090074696d657374616d701400000003010100000000000000204009000000000000000c000000020b0000' +
    '0600737472696e671300000003010100ffffffffffff3fc303000000e4b8ad0b000000020100000500656d7074790500000000aa' +
    '8b039d',
};

function expectEqual(machine: Machine, other: Machine): void {
  expect(machine.statistics()).toEqual(other.statistics());
  expect(bytesOf(machine.snapshot()).equals(bytesOf(other.snapshot()))).toBe(true);
}

describe.each(samples)('a snapshot of a $name', (sample) => {
  const { create, commands } = sample;
  const bytes = bytesOf(filled(sample).snapshot());

  it('restores what it was taken of, however it is cut', async () => {
    for (const size of [1, 2, 3, 5, 8, 13, 21, bytes.length]) {
      const machine = create();
      await machine.restore(inPieces(bytes, [size, 0]));
      expectEqual(machine, filled(sample));
      // Going on behind it, and only there.
      expect(() => machine.apply(commands.length, commands[0]!)).toThrow(RangeError);
      const expected = filled(sample);
      const next = commands.length + 1;
      expect(machine.apply(next, commands[0]!)).toEqual(expected.apply(next, commands[0]!));
      expectEqual(machine, expected);
    }
  });

  it('of an empty one makes an empty one of any', async () => {
    const machine = filled(sample);
    await machine.restore(inPieces(bytesOf(create().snapshot())));
    expectEqual(machine, create());
  });

  it('has the bytes that were released, and understands them', async () => {
    const hex = released[sample.name]!;
    const machine = create();
    await machine.restore(inPieces(Buffer.from(hex, 'hex')));
    expectEqual(machine, filled(sample));
    expect(bytes.toString('hex')).toBe(hex);
  });

  it('is refused when it was cut short, and leaves the old state', async () => {
    for (let length = 0; length < bytes.length; length++) {
      const machine = filled(sample);
      const restoring = machine.restore(inPieces(bytes.subarray(0, length), [50]));
      await expect(restoring).rejects.toMatchObject({ name: 'SnapshotError', code: 'SNAPSHOT_MALFORMED' });
      expectEqual(machine, filled(sample));
    }
  });

  it('is refused when any of its bytes has changed, and leaves the old state', async () => {
    const machine = create();
    machine.apply(1, commands[0]!);
    const before = bytesOf(machine.snapshot());
    for (let at = 0; at < bytes.length; at++) {
      const damaged = Buffer.from(bytes);
      damaged[at]! ^= 1 << (at % 8);
      const code = expect.stringMatching(
        at >= 4 && at < 8 ? /^SNAPSHOT_UNKNOWN$/ : /^SNAPSHOT_(MALFORMED|OVER_LIMITS)$/,
      );
      await expect(machine.restore(inPieces(damaged))).rejects.toMatchObject({ name: 'SnapshotError', code });
      expect(bytesOf(machine.snapshot()).equals(before)).toBe(true);
    }
  });

  it('is refused when something follows it, in the same chunk or in another', async () => {
    for (const sizes of [[], [bytes.length]]) {
      const longer = Buffer.concat([bytes, Buffer.alloc(1)]);
      await expect(create().restore(inPieces(longer, sizes))).rejects.toThrow('left over behind the last record');
    }
  });

  it('is only for its own kind', async () => {
    for (const other of samples) {
      if (other.name === sample.name) continue;
      const restoring = other.create().restore(inPieces(bytes));
      await expect(restoring).rejects.toMatchObject({ code: 'SNAPSHOT_UNKNOWN' });
    }
  });

  it('that cannot be read fails as its source does, and leaves the old state', async () => {
    const machine = filled(sample);
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield bytes.subarray(0, bytes.length - 1);
      throw new RangeError('the disk is gone');
    }
    await expect(machine.restore(broken())).rejects.toThrow(new RangeError('the disk is gone'));
    expectEqual(machine, filled(sample));
  });

  it('that is refused lets go of its source', async () => {
    let closed = false;
    async function* endless(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield Buffer.alloc(100);
      } finally {
        closed = true;
      }
    }
    await expect(create().restore(endless())).rejects.toMatchObject({ code: 'SNAPSHOT_MALFORMED' });
    expect(closed).toBe(true);
  });
});
