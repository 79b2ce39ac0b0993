import { describe, expect, test } from 'vitest';
import { Admission, type Entrant } from './admission.ts';

function entrant(name: string, bytes: number, events: string[]): Entrant {
  return { bytes, admitted: () => events.push(`${name} in`), turnedAway: () => events.push(`${name} away`) };
}

describe('admission', () => {
  test('is in order, within the bounds of count and bytes', () => {
    const events: string[] = [];
    const admission = new Admission({ countMax: 2, bytesMax: 100, waitingMax: 10 });
    for (const [name, bytes] of [
      ['a', 60],
      ['b', 50],
      ['c', 1],
      ['d', 1],
      ['e', 1],
    ] as const) {
      admission.enter(entrant(name, bytes, events));
    }
    expect(events).toEqual(['a in']);
    admission.release(60);
    expect(events).toEqual(['a in', 'b in', 'c in']);
    admission.release(50);
    admission.release(1);
    expect(events).toEqual(['a in', 'b in', 'c in', 'd in', 'e in']);
  });

  test('lets one in whatever its size when nobody else is there', () => {
    const events: string[] = [];
    const admission = new Admission({ countMax: 2, bytesMax: 100, waitingMax: 10 });
    admission.enter(entrant('huge', 1000, events));
    admission.enter(entrant('small', 1, events));
    expect(events).toEqual(['huge in']);
    admission.release(1000);
    expect(events).toEqual(['huge in', 'small in']);
  });

  test('lets those behind advance when one leaves the queue', () => {
    const events: string[] = [];
    const admission = new Admission({ countMax: 5, bytesMax: 100, waitingMax: 10 });
    admission.enter(entrant('a', 60, events));
    const large = entrant('large', 90, events);
    admission.enter(large);
    admission.enter(entrant('b', 40, events));
    admission.leave(large);
    expect(events).toEqual(['a in', 'b in']);
  });

  test('turns away those beyond the bound of the queue, and all who wait at the close', () => {
    const events: string[] = [];
    const admission = new Admission({ countMax: 1, bytesMax: 100, waitingMax: 1 });
    admission.enter(entrant('a', 1, events));
    admission.enter(entrant('b', 1, events));
    expect(() => admission.enter(entrant('c', 1, events))).toThrow(expect.objectContaining({ code: 'OVERLOADED' }));
    admission.close();
    expect(events).toEqual(['a in', 'b away']);
    expect(admission.waitingCount).toBe(0);
  });
});
