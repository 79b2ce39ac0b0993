// The entries of a group as a table that grows while the log is read.

import type { GroupSummary, LoggedBatch, LoggedEntry, LogLine, LogView, SegmentSummary } from '@balsa/replica';
import { formatBytes, formatCount, formatPlural } from '../terminal/format.ts';
import type { Style } from '../terminal/style.ts';
import { type Column, renderTable } from '../terminal/table.ts';
import { cutToWidth, shownText } from '../terminal/text-width.ts';
import { renderOwner, votersOf } from './log-overview-text.ts';
import { describeEntry, nameOfGroup } from './log-parts.ts';

/** Less than this is not worth the room that it takes. */
const WHAT_COLUMNS_MIN = 24;

export function renderGroupHead(view: LogView, summary: GroupSummary, style: Style): string[] {
  const { group, hardState, base, lastIndex, snapshot } = summary;
  const name = nameOfGroup(group);
  const held =
    lastIndex > base.index ? `entries ${formatCount(base.index + 1)} to ${formatCount(lastIndex)}` : 'no entries';
  const facts = [
    held,
    ...(hardState === undefined ? [] : [`term ${formatCount(hardState.term)}`]),
    ...(hardState?.votedFor === undefined ? [] : [`vote for ${hardState.votedFor}`]),
    ...(snapshot === undefined ? [] : [`snapshot of entry ${formatCount(snapshot.index)}`]),
  ];
  return [
    renderOwner(view, style),
    `${style.strong(`group ${group}${name === undefined ? '' : ` (${name})`}`)}: ${facts.join(', ')}`,
  ];
}

export class LineTable {
  readonly #columns: readonly Column[];
  readonly #style: Style;
  readonly #group: number;
  readonly #widthColumns: number | undefined;
  #rows: string[][] = [];
  #faint: boolean[] = [];
  #hasTitles = false;

  /** Columns are as wide as what the group has at most, so that one page of the table fits the next. */
  constructor(
    { group, lastIndex, lastTerm, hardState }: GroupSummary,
    segments: readonly SegmentSummary[],
    style: Style,
    widthColumns: number | undefined,
  ) {
    const indexWidth = 2 * formatCount(lastIndex).length + 2;
    const termWidth = formatCount(Math.max(lastTerm, hardState?.term ?? 0)).length;
    const offsetWidth = Math.max(0, ...segments.map(({ usedBytes }) => `${usedBytes}`.length));
    this.#columns = [
      { title: 'index', align: 'right', widthMin: indexWidth },
      { title: 'term', align: 'right', widthMin: termWidth },
      { title: 'kind', align: 'left', widthMin: 'commands'.length },
      { title: 'commands', align: 'right' },
      { title: 'bytes', align: 'right', widthMin: '1,023 KiB'.length },
      { title: 'place', align: 'left', widthMin: '000001:'.length + offsetWidth },
      { title: 'what', align: 'left' },
    ];
    this.#group = group;
    this.#style = style;
    this.#widthColumns = widthColumns;
  }

  /** Lines that were added and not taken yet. */
  get waiting(): number {
    return this.#rows.length;
  }

  add(line: LogLine): void {
    this.#rows.push(this.#rowOf(line));
    this.#faint.push(line.superseded === 'wholly');
  }

  /** What was added since, as text; the titles first. */
  take(): string {
    const [titles = '', ...lines] = renderTable(this.#columns, this.#rows);
    const painted = lines.map((line, at) => {
      const cut = this.#widthColumns === undefined ? line : this.#cut(line);
      return this.#faint[at] ? this.#style.faint(cut) : cut;
    });
    if (!this.#hasTitles) painted.unshift(this.#style.faint(titles));
    this.#hasTitles = true;
    this.#rows = [];
    this.#faint = [];
    return painted.length === 0 ? '' : `${painted.join('\n')}\n`;
  }

  #cut(line: string): string {
    const before = renderTable(this.#columns.slice(0, -1), []).join('').length;
    return cutToWidth(line, Math.max(this.#widthColumns ?? 0, before + WHAT_COLUMNS_MIN));
  }

  #rowOf(line: LogLine): string[] {
    const { bytes, segment, offset, superseded } = line;
    const mark = superseded === 'no' ? '' : '~';
    const place = `${segment.replace(/^segment-|\.log$/g, '')}:${offset}`;
    if (line.kind === 'reset') {
      const { index, term } = line.base;
      const what = index === 0 ? 'the node has left the group' : `behind entry ${formatCount(index)} of term ${term}`;
      return [`${mark}${formatCount(index)}`, `${term}`, 'goes on', '', formatBytes(bytes), place, what];
    }
    const { firstIndex, lastIndex, term, kind, entries } = line;
    const first = formatCount(firstIndex);
    const index = firstIndex === lastIndex ? first : `${first}-${formatCount(lastIndex)}`;
    const commands = kind === 'commands' ? formatCount(entries.length) : '';
    const name = kind === 'configuration' ? 'members' : kind;
    const what = shownText(this.#whatOf(line));
    return [`${mark}${index}`, formatCount(term), name, commands, formatBytes(bytes), place, what];
  }

  #whatOf({ kind, configuration, entries }: LoggedBatch): string {
    if (configuration !== undefined) {
      const { learners } = configuration;
      return `voters ${votersOf(configuration)}${learners.length === 0 ? '' : `, learners ${learners.join(', ')}`}`;
    }
    if (kind === 'noop') return 'a leader begins';
    const [only] = entries;
    if (entries.length === 1 && only !== undefined) return whatOfOne(this.#group, only);
    return whatOfMany(this.#group, entries);
  }
}

function whatOfOne(group: number, entry: LoggedEntry): string {
  const text = describeEntry(group, entry)?.text ?? `${formatBytes(entry.command.length)}, of what is not known here`;
  return entry.session === 0 ? text : `${text} (session ${entry.session} #${entry.sequence})`;
}

interface Tally {
  count: number;
  rows: number;
  readonly targets: Set<string>;
}

/** Of each kind of command, how many there are, and to what they are done. */
function whatOfMany(group: number, entries: readonly LoggedEntry[]): string {
  const tallies = new Map<string, Tally>();
  const unknown: LoggedEntry[] = [];
  for (const entry of entries) {
    const described = describeEntry(group, entry);
    if (described === undefined) {
      unknown.push(entry);
      continue;
    }
    const tally = tallies.get(described.verb) ?? { count: 0, rows: 0, targets: new Set() };
    tallies.set(described.verb, tally);
    tally.count++;
    tally.rows += described.rows ?? 0;
    if (described.target !== '') tally.targets.add(described.target);
  }
  const parts = [...tallies].map(([verb, tally]) => whatOfTally(verb, tally));
  return [...parts, ...(unknown.length === 0 ? [] : [whatOfUnknown(unknown)])].join('; ');
}

function whatOfTally(verb: string, { count, rows, targets }: Tally): string {
  const [target] = targets;
  const to = targets.size === 1 ? target : `${formatCount(targets.size)} paths`;
  const times = count === 1 ? verb : `${formatCount(count)} × ${verb}`;
  if (verb === 'insert') {
    const into = targets.size === 1 ? target : formatPlural(targets.size, 'device');
    return `${times}: ${formatPlural(rows, 'row')} into ${into}`;
  }
  return targets.size === 0 ? times : `${times}: ${to}`;
}

/** Of whatever other state machine: by whom, and how large. */
function whatOfUnknown(entries: readonly LoggedEntry[]): string {
  const sessions = new Set(entries.map(({ session }) => session).filter((session) => session !== 0));
  const bytes = entries.reduce((sum, { command }) => sum + command.length, 0);
  return `${formatBytes(bytes)}${whose(sessions, entries)}, of what is not known here`;
}

function whose(sessions: ReadonlySet<number>, entries: readonly LoggedEntry[]): string {
  if (sessions.size === 0) return '';
  if (sessions.size > 1) return ` of ${formatPlural(sessions.size, 'session')}`;
  const [session] = sessions;
  const [from, to] = [entries[0]!.sequence, entries.at(-1)!.sequence];
  return ` of session ${session} #${from}${from === to ? '' : ` to #${to}`}`;
}
