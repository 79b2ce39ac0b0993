// Makes an input that was found smaller, so that people see what is wrong with it.

const msMax = 5000;

/** The smallest found that is still broken within 5 s: parts of halving length are left out as long as that works. */
export async function shrinkInput(input: Buffer, isBroken: (smaller: Buffer) => Promise<boolean>): Promise<Buffer> {
  let smallest = input;
  const endMs = performance.now() + msMax;
  for (let part = smallest.length >> 1; part > 0; part >>= 1) {
    for (let at = 0; at < smallest.length; ) {
      if (performance.now() > endMs) return smallest;
      const smaller = Buffer.concat([smallest.subarray(0, at), smallest.subarray(at + part)]);
      if (await isBroken(smaller)) smallest = smaller;
      else at += part;
    }
  }
  return smallest;
}
