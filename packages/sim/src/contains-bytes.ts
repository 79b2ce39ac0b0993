/** Does `bytes` have `part` in it, in one piece? */
export function containsBytes(bytes: Uint8Array, part: Uint8Array): boolean {
  const [first] = part;
  if (first === undefined) return true;
  const last = bytes.length - part.length;
  for (let at = bytes.indexOf(first); at >= 0 && at <= last; at = bytes.indexOf(first, at + 1)) {
    if (startsAt(bytes, part, at)) return true;
  }
  return false;
}

function startsAt(bytes: Uint8Array, part: Uint8Array, at: number): boolean {
  for (let i = 1; i < part.length; i++) if (bytes[at + i] !== part[i]) return false;
  return true;
}
