import { atEndOfTurn } from '@balsa/wire';
import type { Clock } from '../ports.ts';

export const realClock: Clock = {
  nowMs: () => performance.now(),
  every(periodMs, tick) {
    const timer = setInterval(tick, periodMs);
    return () => clearInterval(timer);
  },
  defer: atEndOfTurn,
};
