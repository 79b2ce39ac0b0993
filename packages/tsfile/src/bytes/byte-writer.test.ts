import { describe, expect, it } from 'vitest';
import { ByteWriter } from './byte-writer.ts';

/** The NaN that x86 makes of `Infinity - Infinity`: its sign bit is set. What JavaScript makes of it depends on how warm the code is. */
const negativeNaN = new Float64Array(Uint32Array.of(0, 0xfff8_0000).buffer);
const negativeNaN32 = new Float32Array(Uint32Array.of(0xffc0_0000).buffer);

describe('a number that is none', () => {
  it.each([
    { type: 'f32', nan: () => negativeNaN32[0]!, bytes: '7fc00000' },
    { type: 'f64', nan: () => negativeNaN[0]!, bytes: '7ff8000000000000' },
  ] as const)('is the same bytes whatever its bits were, in warm code too: $type', ({ type, nan, bytes }) => {
    const found = new Set<string>();
    const out = new ByteWriter();
    for (let n = 0; n < 20_000; n++) {
      out.length = 0;
      out[type](nan());
      out[type](Number.NaN);
      found.add(out.bytes.toString('hex', 0, out.length));
    }
    expect([...found]).toEqual([bytes + bytes]);
  });
});
