// How many columns of a terminal a text takes, and texts that are safe to show there.

/** Nothing of the text can move the cursor, and none of it needs measuring. */
const plainText = /^[\x20-\x7e]*$/;
/** What combines with the character before it, or has no width. */
const zeroWidth = /\p{Mn}|\p{Me}|[\u200b-\u200f\u2060]/u;
/** East Asian wide and full-width characters, and pictures. */
const doubleWidth =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]/u;
/** Control characters, those that change the direction of text, and lone surrogates. */
const unsafe = /[\p{Cc}\u202a-\u202e\u2066-\u2069]|\p{Cs}/gu;
const cutSign = '…';

export function textWidth(text: string): number {
  if (plainText.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += widthOf(character);
  return width;
}

/** The text with escapes, such as `\n` or `\x1b`, for what would not stay in its place on a terminal. */
export function shownText(text: string): string {
  if (plainText.test(text)) return text;
  return text.replaceAll(unsafe, (character) => {
    if (character === '\n') return '\\n';
    if (character === '\t') return '\\t';
    const code = character.charCodeAt(0).toString(16);
    return code.length <= 2 ? `\\x${code.padStart(2, '0')}` : `\\u${code}`;
  });
}

/** At most `widthColumns`, with a sign where something is left out: at the end, or at the beginning if that is `kept`. */
export function cutToWidth(text: string, widthColumns: number, kept: 'start' | 'end' = 'start'): string {
  if (textWidth(text) <= widthColumns) return text;
  const characters = [...text];
  if (kept === 'end') characters.reverse();
  const taken: string[] = [];
  let width = 1;
  for (const character of characters) {
    width += widthOf(character);
    if (width > widthColumns) break;
    taken.push(character);
  }
  return kept === 'end' ? cutSign + taken.reverse().join('') : taken.join('') + cutSign;
}

export function padToWidth(text: string, widthColumns: number, align: 'left' | 'right'): string {
  const padding = ' '.repeat(Math.max(0, widthColumns - textWidth(text)));
  return align === 'right' ? padding + text : text + padding;
}

function widthOf(character: string): number {
  if (zeroWidth.test(character)) return 0;
  return doubleWidth.test(character) ? 2 : 1;
}
