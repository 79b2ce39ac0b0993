// A run as a sequence picture in one HTML page that needs nothing else: time goes down, an arrow goes from where a message
// was sent to where it arrived. A row per event, not per millisecond: what happens at one moment stays apart.

import type { Message } from '@balsa/raft';
import { type Lane, type LaneState, laneAfter, stateOf } from './lanes.ts';
import { describeMessage, nameOf } from './message-words.ts';
import { pageBehaviour, pageStyle } from './sequence-page.ts';
import type { TraceRecord } from './trace.ts';
import type { MarkEvent, TraceEvent } from './trace-events.ts';

export interface Page {
  readonly title: string;
  /** Shown on demand, as it stands. */
  readonly details: string;
}

const timeWidth = 80;
const laneGap = 250;
const rowHeight = 18;
/** Room for the label of the last lane. */
const labelWidth = 420;

export function drawHtml(record: TraceRecord, { title, details }: Page): string {
  const { width, height, parts, kinds } = new Picture(record).draw();
  const names = record.lanesBefore.map((_, i) => `<b style="left:${xOf(i + 1)}px">member ${i + 1}</b>`);
  const filters = kinds.map((kind) => `<label><input type="checkbox" checked value="${kind}"> ${kind}</label>`);
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escaped(title)}</title>
<style>${pageStyle}</style>
<header>
<h1>${escaped(title)}</h1>
<details><summary>details</summary><pre>${escaped(details)}</pre></details>
<form><label>zoom <input type="range" name="zoom" min="0.3" max="2" step="0.05" value="1"></label>${filters.join('')}</form>
<p class="legend"><i class="follower"></i> follower <i class="candidate"></i> candidate <i class="leader"></i> leader
<i class="paused"></i> paused; no line while down. A dot: sent. An arrow: arrived. A cross: lost. Hover for details.</p>
</header>
<main><div id="members">${names.join('')}</div>
<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">
<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z"/></marker></defs>
${parts.join('\n')}
</svg></main>
<script>${pageBehaviour}</script>
</html>
`;
}

class Picture {
  readonly #events: readonly TraceEvent[];
  readonly #lanes: Lane[];
  /** Since which row every life line has looked as it does. */
  readonly #lineFromY: number[];
  /** Where a message left. Absent: before the picture begins. */
  readonly #sentY = new Map<Message, number>();
  readonly #settled = new Set<Message>();
  readonly #kinds = new Set<string>();
  readonly #lines: string[] = [];
  readonly #arrows: string[] = [];
  readonly #labels: string[] = [];

  constructor({ events, lanesBefore }: TraceRecord) {
    this.#events = events;
    this.#lanes = [...lanesBefore];
    this.#lineFromY = lanesBefore.map(() => 0);
  }

  draw(): { readonly width: number; readonly height: number; readonly parts: string[]; readonly kinds: string[] } {
    const height = (this.#events.length + 2) * rowHeight;
    let shownMs = -1;
    for (const [row, event] of this.#events.entries()) {
      const y = (row + 1) * rowHeight;
      if (event.atMs !== shownMs) this.#labels.push(text(timeWidth - 12, y, 'time', `${event.atMs} ms`));
      shownMs = event.atMs;
      if (event.type === 'mark') this.#drawMark(event, y);
      else this.#drawMessage(event, y);
    }
    for (const i of this.#lanes.keys()) this.#endLine(i, height);
    for (const [message, y] of this.#sentY) {
      if (!this.#settled.has(message)) this.#arrow(message, y, height, 'open', 'still on its way');
    }
    const width = timeWidth + (this.#lanes.length - 1) * laneGap + labelWidth;
    return { width, height, parts: [...this.#lines, ...this.#arrows, ...this.#labels], kinds: [...this.#kinds].sort() };
  }

  #drawMark({ member, mark, text: words }: MarkEvent, y: number): void {
    const i = member - 1;
    const after = laneAfter(this.#lanes[i]!, mark);
    if (stateOf(after) !== stateOf(this.#lanes[i]!)) {
      this.#endLine(i, y);
      this.#lineFromY[i] = y;
    }
    this.#lanes[i] = after;
    const x = xOf(member);
    this.#labels.push(`<g class="mark ${mark}"><circle cx="${x}" cy="${y}" r="5"/>${text(x + 10, y, '', words)}</g>`);
  }

  #drawMessage(event: Exclude<TraceEvent, MarkEvent>, y: number): void {
    const { message } = event;
    if (event.type === 'sent') {
      this.#kinds.add(nameOf(message));
      this.#sentY.set(message, y);
      const x = xOf(message.from);
      const label = text(x + 10, y, '', `→ ${message.to}  ${describeMessage(message)}`);
      this.#labels.push(group(message, `<circle cx="${x}" cy="${y}" r="2.5"/>${label}`));
      return;
    }
    this.#settled.add(message);
    this.#kinds.add(nameOf(message));
    const fromY = this.#sentY.get(message) ?? 0;
    if (event.type === 'lost') this.#arrow(message, fromY, y, 'lost', event.why);
    else this.#arrow(message, fromY, y, 'full', `arrives after ${event.atMs - event.sentMs} ms`);
  }

  #arrow(message: Message, fromY: number, toY: number, tip: 'full' | 'open' | 'lost', what: string): void {
    const [fromX, toX] = [xOf(message.from), xOf(message.to)];
    // A lost message ends short of the line that it does not reach.
    const [endX, endY] = tip === 'lost' ? [between(fromX, toX, 0.85), between(fromY, toY, 0.85)] : [toX, toY];
    const hint = `<title>${escaped(`${message.from} → ${message.to}  ${describeMessage(message)}\n${what}`)}</title>`;
    const line = `<path class="${tip}" d="M${fromX} ${fromY}L${endX} ${endY}"${tip === 'full' ? ' marker-end="url(#tip)"' : ''}/>`;
    const cross = tip === 'lost' ? `<path class="cross" d="M${endX - 4} ${endY - 4}l8 8m0-8l-8 8"/>` : '';
    this.#arrows.push(group(message, `${hint}${line}${cross}`));
  }

  #endLine(i: number, y: number): void {
    const state: LaneState = stateOf(this.#lanes[i]!);
    const x = xOf(i + 1);
    if (state !== 'down') this.#lines.push(`<path class="line ${state}" d="M${x} ${this.#lineFromY[i]!}V${y}"/>`);
  }
}

function xOf(member: number): number {
  return timeWidth + (member - 1) * laneGap;
}

function between(a: number, b: number, share: number): number {
  return Math.round(a + (b - a) * share);
}

function group(message: Message, content: string): string {
  return `<g class="message" data-kind="${nameOf(message)}">${content}</g>`;
}

function text(x: number, y: number, name: string, words: string): string {
  return `<text x="${x}" y="${y + 4}"${name === '' ? '' : ` class="${name}"`}>${escaped(words)}</text>`;
}

function escaped(words: string): string {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
