// The commands that make the rules of the engine those of the schema. One behind the other they must not let anything expire that would
// expire neither by the old rules nor by the new ones: that would be gone for good. So a rule comes before those around it, and goes after
// them.

import { canonicalTtlPath, encodeSetTtl, encodeUnsetTtl, type TtlRule } from '@balsa/engine/storage';

/** `wanted`: by path, as the schema says; a path that no device can have makes no difference. */
export function expiryChanges(wanted: ReadonlyMap<string, number>, known: readonly TtlRule[]): Buffer[] {
  const knownTtls = new Map(known.map(({ path, ttlMs }) => [path, ttlMs]));
  const wantedTtls = new Map<string, number>();
  for (const [text, ttlMs] of wanted) {
    const path = canonicalTtlPath(text);
    if (path !== undefined) wantedTtls.set(path, ttlMs);
  }
  const set = [...wantedTtls.keys()].filter((path) => wantedTtls.get(path) !== knownTtls.get(path));
  const unset = [...knownTtls.keys()].filter((path) => !wantedTtls.has(path));
  return [
    ...set.sort(innerFirst).map((path) => encodeSetTtl({ path, ttlMs: wantedTtls.get(path)! })),
    ...unset.sort((a, b) => innerFirst(b, a)).map(encodeUnsetTtl),
  ];
}

/** Nothing lies within a rule of one device. */
function innerFirst(a: string, b: string): number {
  return depthOf(b) - depthOf(a);
}

function depthOf(path: string): number {
  return path.endsWith('.**') ? path.length : Number.MAX_SAFE_INTEGER;
}
