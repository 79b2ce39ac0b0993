import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SequenceWindow } from './sequence-window.ts';

describe('the window of sequences', () => {
  test('acknowledges exactly what is settled without a gap, whatever the order', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.array(fc.nat(), { maxLength: 300 }), (width, choices) => {
        const window = new SequenceWindow(width);
        const underWay = new Set<number>();
        let last = 0;
        for (const choice of choices) {
          if (choice % 2 === 0) {
            const sequence = window.take();
            const isFull = last - window.acknowledgedBelow + 1 >= width;
            expect(sequence).toBe(isFull ? undefined : last + 1);
            if (sequence === undefined) continue;
            last = sequence;
            underWay.add(sequence);
          } else if (underWay.size > 0) {
            const settled = [...underWay][choice % underWay.size]!;
            underWay.delete(settled);
            window.settle(settled);
          }
          expect(window.acknowledgedBelow).toBe(Math.min(last + 1, ...underWay));
        }
      }),
    );
  });

  test('knows what is not under way', () => {
    const window = new SequenceWindow(4);
    expect(() => window.settle(1)).toThrow(/not under way/);
    window.take();
    window.settle(1);
    expect(() => window.settle(1)).toThrow(/not under way/);
  });
});
