import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FetchWindow } from './fetch-window.ts';

const limits = { chunkBytes: 10, requestsMax: 3 };

function askedFrom(window: FetchWindow, nowMs = 0, waitMs = 100): string[] {
  const asked: string[] = [];
  window.ask(nowMs, waitMs, (offset, bytesMax) => asked.push(`${offset}+${bytesMax}`) > 0);
  return asked;
}

describe('the window of a fetch', () => {
  test('asks for a few pieces from where it begins, and for the next ones as the first are taken', () => {
    const window = new FetchWindow(47, 5, limits);
    expect(askedFrom(window)).toEqual(['5+10', '15+10', '25+10']);
    expect(askedFrom(window)).toEqual([]);
    expect(window.arrived(15, Buffer.alloc(10, 2))).toBe(true);
    expect([window.take(), askedFrom(window), window.offset]).toEqual([undefined, [], 5]);
    expect(window.arrived(5, Buffer.alloc(10, 1))).toBe(true);
    expect([window.take(), window.take(), window.take()].map((bytes) => bytes?.[0])).toEqual([1, 2, undefined]);
    expect([window.offset, askedFrom(window)]).toEqual([25, ['35+10', '45+2']]);
  });

  test('asks again for what does not come, and only for that', () => {
    const window = new FetchWindow(100, 0, limits);
    expect(window.ask(0, 50, () => true)).toBe(false);
    window.arrived(10, Buffer.alloc(10));
    expect(window.ask(49, 50, () => true)).toBe(false);
    expect(askedFrom(window, 50, 50)).toEqual(['0+10', '20+10']);
    expect(window.ask(100, 50, () => true)).toBe(true);
  });

  test('asks later for what could not be sent, in order', () => {
    const window = new FetchWindow(100, 0, limits);
    const tried: number[] = [];
    window.ask(0, 50, (offset) => tried.push(offset) < 2);
    expect(tried).toEqual([0, 10]);
    expect(askedFrom(window, 1, 50)).toEqual(['10+10', '20+10']);
  });

  test('asks for less at a time if it is given less', () => {
    const window = new FetchWindow(40, 0, limits);
    askedFrom(window);
    window.arrived(0, Buffer.alloc(10, 1));
    expect(window.arrived(10, Buffer.alloc(4, 2))).toBe(true);
    expect(askedFrom(window)).toEqual(['14+4']);
    expect(window.arrived(20, Buffer.alloc(4, 3))).toBe(false);
    expect([window.take(), window.take()]).toEqual([Buffer.alloc(10, 1), Buffer.alloc(4, 2)]);
    expect([window.offset, askedFrom(window)]).toEqual([14, ['18+4', '22+4']]);
  });

  test('takes nothing that it did not ask for: late, doubled, too long, elsewhere', () => {
    const window = new FetchWindow(100, 0, limits);
    askedFrom(window);
    expect(window.arrived(0, Buffer.alloc(10))).toBe(true);
    expect(window.arrived(0, Buffer.alloc(10))).toBe(false);
    window.take();
    expect([0, 5, 30, 40].map((offset) => window.arrived(offset, Buffer.alloc(10)))).toEqual([
      false,
      false,
      true,
      false,
    ]);
    expect(window.arrived(10, Buffer.alloc(11))).toBe(false);
  });

  test('begins again where it is told to, and forgets the rest', () => {
    const window = new FetchWindow(100, 0, limits);
    askedFrom(window);
    window.arrived(10, Buffer.alloc(10));
    window.restart(7, 100);
    expect([window.offset, askedFrom(window)]).toEqual([7, ['7+10', '17+10', '27+10']]);
    expect(window.take()).toBeUndefined();
    window.restart(100, 115);
    expect([window.bytes, askedFrom(window)]).toEqual([115, ['100+10', '110+5']]);
  });

  test('is complete at once if everything is there', () => {
    expect([new FetchWindow(7, 7, limits).isComplete, new FetchWindow(0, 0, limits).isComplete]).toEqual([true, true]);
  });

  test('gives back the whole in order, whatever is lost, doubled, cut short or overtaken, and never asks for too much', () => {
    const settings = fc.record({
      chunkBytes: fc.integer({ min: 1, max: 40 }),
      requestsMax: fc.integer({ min: 1, max: 6 }),
    });
    fc.assert(
      fc.property(
        settings,
        fc.uint8Array({ maxLength: 400 }),
        fc.nat({ max: 400 }),
        fc.infiniteStream(fc.nat({ max: 1000 })),
        (drawn, content, start, choices) => {
          const next = (): number => choices.next().value ?? 0;
          const begin = Math.min(start, content.length);
          const window = new FetchWindow(content.length, begin, drawn);
          const underWay: { offset: number; length: number }[] = [];
          /** Asked for and not arrived, by offset. */
          const open = new Map<number, number>();
          const taken: number[] = [];
          let nowMs = 0;
          for (let step = 0; !window.isComplete; step++) {
            expect(step).toBeLessThan(20_000);
            nowMs += next() % 3;
            // After a while everything goes well.
            const isCalm = step > 300;
            window.ask(nowMs, 5, (offset, length) => {
              expect(length).toBeLessThanOrEqual(drawn.chunkBytes);
              expect(offset + length).toBeLessThanOrEqual(content.length);
              if (!isCalm && next() % 10 === 0) return false;
              open.set(offset, length);
              expect(open.size).toBeLessThanOrEqual(drawn.requestsMax);
              if (isCalm || next() % 4 > 0) underWay.push({ offset, length });
              return true;
            });
            const at = isCalm ? 0 : next() % (underWay.length + 1);
            const request = underWay[at];
            if (request !== undefined) {
              if (isCalm || next() % 5 > 0) underWay.splice(at, 1);
              const length = !isCalm && next() % 6 === 0 ? 1 + (next() % request.length) : request.length;
              const { offset } = request;
              if (window.arrived(offset, content.subarray(offset, offset + length))) {
                open.delete(offset);
                // What was asked for beyond a short answer is not awaited any more.
                if (length < request.length) for (const other of open.keys()) if (other > offset) open.delete(other);
              }
            }
            for (let bytes = window.take(); bytes !== undefined; bytes = window.take()) taken.push(...bytes);
            expect(window.offset).toBe(begin + taken.length);
          }
          expect(taken).toEqual([...content.subarray(begin)]);
        },
      ),
    );
  });
});
