// LIKE without a backtracking expression: the time it takes is at most the product of the two lengths.

type Part = { readonly kind: 'text'; readonly text: string } | { readonly kind: 'one' } | { readonly kind: 'any' };

/** Whether a text is like `pattern`: `%` stands for any text, `_` for one character; a backslash takes away what the next one means. */
export function likeMatcher(pattern: string): (text: string) => boolean {
  const parts = partsOf(pattern);
  return (text) => isLike([...text], parts);
}

function partsOf(pattern: string): Part[] {
  const characters = [...pattern];
  const parts: Part[] = [];
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at]!;
    if (character === '%') {
      if (parts.at(-1)?.kind !== 'any') parts.push({ kind: 'any' });
    } else if (character === '_') {
      parts.push({ kind: 'one' });
    } else {
      const isEscape = character === '\\' && at + 1 < characters.length;
      parts.push({ kind: 'text', text: isEscape ? characters[++at]! : character });
    }
  }
  return parts;
}

function isLike(characters: readonly string[], parts: readonly Part[]): boolean {
  let part = 0;
  let at = 0;
  let retryPart = -1;
  let retryAt = 0;
  while (at < characters.length) {
    const current = parts[part];
    if (current?.kind === 'any') {
      retryPart = part++;
      retryAt = at;
    } else if (current?.kind === 'one' || (current?.kind === 'text' && current.text === characters[at])) {
      part++;
      at++;
    } else if (retryPart >= 0) {
      part = retryPart + 1;
      at = ++retryAt;
    } else {
      return false;
    }
  }
  while (parts[part]?.kind === 'any') part++;
  return part === parts.length;
}
