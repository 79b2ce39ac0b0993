// How far a long step is: one line that is redrawn at a terminal, a line per quarter in a log.

import { formatShort } from './format.ts';
import type { Screen } from './screen.ts';

const REDRAW_INTERVAL_MS = 80;
const BAR_COLUMNS = 30;
/** Left eighths of a cell, from one to seven. */
const EIGHTHS = '▏▎▍▌▋▊▉';

/** A bar of exactly `widthColumns` characters, exact to an eighth of one. */
export function renderBar(share: number, widthColumns: number): string {
  const eighths = Math.round(Math.min(1, Math.max(0, share)) * widthColumns * 8);
  const full = Math.floor(eighths / 8);
  const part = eighths % 8 === 0 ? '' : (EIGHTHS[(eighths % 8) - 1] ?? '');
  return `${'█'.repeat(full)}${part}`.padEnd(widthColumns, '░');
}

export interface Progress {
  /** How much is done now, in the units of the total. */
  update(done: number): void;
  /** Takes the line away; what came of the step is for the caller to say. */
  end(): void;
}

/** `nowMs` is a clock that only goes forward. */
export function startProgress(
  screen: Screen,
  total: number,
  unit: string,
  nowMs: () => number = () => performance.now(),
): Progress {
  const startedMs = nowMs();
  let drawnMs = Number.NEGATIVE_INFINITY;
  let quarters = 0;

  return {
    update(done) {
      const share = total === 0 ? 1 : done / total;
      const timeMs = nowMs();
      if (screen.isTerminal) {
        if (timeMs - drawnMs < REDRAW_INTERVAL_MS) return;
        drawnMs = timeMs;
        const bar = screen.style.accent(renderBar(share, BAR_COLUMNS));
        screen.transient(`${bar} ${text(share, done, timeMs - startedMs, unit)}`);
      } else if (Math.floor(share * 4) > quarters && share < 1) {
        quarters = Math.floor(share * 4);
        screen.line(text(share, done, timeMs - startedMs, unit));
      }
    },
    end() {
      screen.transient('');
    },
  };
}

function text(share: number, done: number, elapsedMs: number, unit: string): string {
  const rate = elapsedMs > 0 ? `, ${formatShort((done / elapsedMs) * 1000)}/s` : '';
  return `${`${Math.floor(share * 100)}`.padStart(3)} %  ${formatShort(done)} ${unit}${rate}`;
}
