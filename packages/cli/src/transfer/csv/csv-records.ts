// CSV as RFC 4180 has it, read so that one broken line costs no other: a quote that does not end where it should is blamed on the line in
// which it began, and reading goes on with the next.

export interface CsvRecord {
  /** Of its first line, from 1. */
  readonly line: number;
  /** As it stood in the file. */
  readonly raw: string;
  /** `null`: nothing at all, as opposed to an empty text in quotes. */
  readonly fields: readonly (string | null)[];
}

export interface BrokenRecord {
  readonly line: number;
  readonly raw: string;
  readonly reason: string;
}

/** So much may stand between quotes, line breaks included; a text takes no more in the database either. */
const RECORD_CHARS_MAX = 2 << 20;
const NOT_CLOSED = 'a quote that begins here has no end';

type Parsed =
  | { readonly kind: 'whole'; readonly fields: (string | null)[] }
  | { readonly kind: 'open'; readonly fields: (string | null)[]; readonly text: string }
  | { readonly kind: 'broken'; readonly reason: string };

export class CsvReader {
  /** Fields of a record, once the head is known: a record of several lines that has another number begins with a broken line. */
  fieldCount: number | undefined;
  #nextLine = 1;
  /** Lines of the record that is open. */
  #lines: string[] = [];
  #chars = 0;
  #open: Extract<Parsed, { readonly kind: 'open' }> | undefined;

  /** `line` without its line break, which may have been `\r\n`. */
  push(line: string): (CsvRecord | BrokenRecord)[] {
    const found: (CsvRecord | BrokenRecord)[] = [];
    this.#read([line], found);
    return found;
  }

  /** What an open quote has swallowed. */
  end(): (CsvRecord | BrokenRecord)[] {
    const found: (CsvRecord | BrokenRecord)[] = [];
    while (this.#lines.length > 0) this.#read(this.#giveUpFirst(NOT_CLOSED, found), found);
    return found;
  }

  #read(lines: string[], found: (CsvRecord | BrokenRecord)[]): void {
    // Lines that are read again come before those behind them.
    const waiting = lines.reverse();
    for (let line = waiting.pop(); line !== undefined; line = waiting.pop()) {
      this.#lines.push(line);
      this.#chars += line.length;
      const parsed = parseLine(line, this.#open);
      const isOther = parsed.kind === 'whole' && this.#lines.length > 1 && this.#hasOtherCount(parsed.fields);
      if (parsed.kind === 'open' && this.#chars <= RECORD_CHARS_MAX) {
        this.#open = parsed;
      } else if (parsed.kind === 'whole' && !isOther) {
        const { raw, line: number } = this.#take();
        if (withoutReturn(raw) !== '') found.push({ line: number, raw, fields: parsed.fields });
      } else {
        const reason = parsed.kind === 'broken' ? parsed.reason : NOT_CLOSED;
        waiting.push(...this.#giveUpFirst(reason, found).reverse());
      }
    }
  }

  #hasOtherCount(fields: readonly unknown[]): boolean {
    return this.fieldCount !== undefined && fields.length !== this.fieldCount;
  }

  /** The first line is broken; gives those behind it, to be read again. */
  #giveUpFirst(reason: string, found: (CsvRecord | BrokenRecord)[]): string[] {
    const [first = '', ...others] = this.#lines;
    found.push({ line: this.#nextLine, raw: first, reason });
    this.#nextLine++;
    this.#clear();
    return others;
  }

  #take(): { readonly line: number; readonly raw: string } {
    const taken = { line: this.#nextLine, raw: this.#lines.join('\n') };
    this.#nextLine += this.#lines.length;
    this.#clear();
    return taken;
  }

  #clear(): void {
    this.#lines = [];
    this.#chars = 0;
    this.#open = undefined;
  }
}

/** `before`: what is open from the lines before. */
function parseLine(line: string, before: Extract<Parsed, { readonly kind: 'open' }> | undefined): Parsed {
  if (before === undefined && !line.includes('"')) {
    const texts = withoutReturn(line).split(',');
    return { kind: 'whole', fields: texts.map((text) => (text === '' ? null : text)) };
  }
  const fields = before?.fields ?? [];
  let at = 0;
  let quoted = before === undefined ? undefined : `${before.text}\n`;
  for (;;) {
    if (quoted === undefined && line[at] === '"') {
      quoted = '';
      at++;
    }
    if (quoted === undefined) {
      const comma = line.indexOf(',', at);
      const text = comma < 0 ? withoutReturn(line.slice(at)) : line.slice(at, comma);
      fields.push(text === '' ? null : text);
      if (comma < 0) return { kind: 'whole', fields };
      at = comma + 1;
      continue;
    }
    const quote = line.indexOf('"', at);
    if (quote < 0) return { kind: 'open', fields, text: quoted + line.slice(at) };
    quoted += line.slice(at, quote);
    at = quote + 1;
    if (line[at] === '"') {
      quoted += '"';
      at++;
      continue;
    }
    fields.push(quoted);
    quoted = undefined;
    if (withoutReturn(line.slice(at)) === '') return { kind: 'whole', fields };
    if (line[at] !== ',') return { kind: 'broken', reason: 'something stands behind a closing quote' };
    at++;
  }
}

function withoutReturn(text: string): string {
  return text.endsWith('\r') ? text.slice(0, -1) : text;
}
