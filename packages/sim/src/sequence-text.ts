// A run as a sequence picture in plain text: a column per member, a row per thing that happened, in order.

import type { Message, NodeId } from '@balsa/raft';
import { type Lane, type LaneState, laneAfter, stateOf } from './lanes.ts';
import { describeMessage } from './message-words.ts';
import type { TraceRecord } from './trace.ts';
import type { Mark, TraceEvent } from './trace-events.ts';

const laneWidth = 6;
const timeWidth = 9;

const lines: Record<LaneState, string> = {
  follower: '│',
  'pre-candidate': '┆',
  candidate: '┇',
  leader: '┃',
  paused: ':',
  down: ' ',
};

const signs: Record<Mark, string> = {
  follower: '○',
  'pre-candidate': '◇',
  candidate: '◆',
  leader: '★',
  start: '┬',
  crash: '╳',
  pause: '‖',
  resume: '▸',
  loss: '!',
  stuck: '~',
  lies: '?',
  commit: '✓',
  stop: '┴',
  install: '⇣',
  members: '#',
  removed: '⊘',
  transfer: '⇄',
  hibernation: 'z',
};

export const legend: string =
  'members  │ follower  ┆ pre-candidate  ┇ candidate  ┃ leader  : paused; none while down\n' +
  'messages ●──▶ where and when they arrive  ●──× lost  ●┄┄▷ still on their way at the end';

/** Header, rows and legend. A message stands where it arrives, with the time since it was sent. */
export function drawText(record: TraceRecord): string {
  const settled = new Set<Message>();
  for (const event of record.events) if (event.type === 'arrived' || event.type === 'lost') settled.add(event.message);
  const drawer = new RowDrawer(record.lanesBefore);
  const rows = record.events
    .filter((event) => event.type !== 'sent' || !settled.has(event.message))
    .map((event) => `${`${event.atMs} ms`.padStart(timeWidth)}  ${drawer.row(event)}`);
  const header = `${' '.repeat(timeWidth)}  ${drawer.header()}`;
  return [header, ...rows, '', legend].join('\n');
}

/** Draws one event after the other, and knows how every member stands in between. */
export class RowDrawer {
  readonly #lanes: Lane[];

  constructor(lanesBefore: readonly Lane[]) {
    this.#lanes = [...lanesBefore];
  }

  header(): string {
    return this.#lanes
      .map((_, i) => String(i + 1).padEnd(laneWidth))
      .join('')
      .trimEnd();
  }

  row(event: TraceEvent): string {
    if (event.type === 'mark') {
      const { member, mark, text } = event;
      this.#lanes[member - 1] = laneAfter(this.#lanes[member - 1]!, mark);
      const cells = this.#cells();
      cells[xOf(member)] = signs[mark];
      return `${cells.join('')}${member} ${text}`;
    }
    const tip = event.type === 'lost' ? '×' : event.type === 'sent' ? 'open' : 'full';
    const picture = this.#arrow(event.message, tip);
    return `${picture}${describeMessage(event.message)}${remark(event)}`;
  }

  #cells(): string[] {
    return this.#lanes.flatMap((lane) => [lines[stateOf(lane)], ...' '.repeat(laneWidth - 1)]);
  }

  #arrow({ from, to }: Message, tip: 'full' | 'open' | '×'): string {
    const cells = this.#cells();
    const step = from < to ? 1 : -1;
    for (let x = xOf(from) + step; x !== xOf(to); x += step) {
      if (cells[x] === ' ') cells[x] = tip === 'open' ? '┄' : '─';
    }
    cells[xOf(from)] = '●';
    cells[xOf(to) - step] = tip === '×' ? tip : tips[tip][step === 1 ? 0 : 1];
    return cells.join('');
  }
}

const tips = { full: ['▶', '◀'], open: ['▷', '◁'] } as const;

function xOf(member: NodeId): number {
  return (member - 1) * laneWidth;
}

function remark(event: Exclude<TraceEvent, { readonly type: 'mark' }>): string {
  if (event.type === 'lost') return ` (${event.why})`;
  if (event.type === 'sent') return '';
  const delayMs = event.atMs - event.sentMs;
  return delayMs === 0 ? '' : ` (+${delayMs} ms)`;
}
