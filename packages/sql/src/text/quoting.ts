// Strings in '..' or "..", names in `..`: the quote itself is doubled inside, and nothing else is special.

/** The index behind the quote that ends what begins at `start`; -1 if there is none. */
export function endOfQuoted(text: string, start: number): number {
  const quote = text.charAt(start);
  let end = text.indexOf(quote, start + 1);
  while (end >= 0 && text[end + 1] === quote) end = text.indexOf(quote, end + 2);
  return end < 0 ? -1 : end + 1;
}

export function quoted(content: string, quote: string): string {
  return `${quote}${content.replaceAll(quote, quote + quote)}${quote}`;
}

export function unquoted(image: string): string {
  const quote = image.charAt(0);
  const content = image.slice(1, -1);
  return content.includes(quote) ? content.replaceAll(quote + quote, quote) : content;
}
