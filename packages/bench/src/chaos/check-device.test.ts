import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkDevice } from './check-device.ts';
import { DeviceLedger, Outcome } from './ledger.ts';

const outcome = fc.constantFrom<Outcome>(Outcome.acknowledged, Outcome.unknown, Outcome.rejected, Outcome.pending);
const history = fc.array(fc.record({ rows: fc.integer({ min: 1, max: 5 }), outcome, applied: fc.boolean() }), {
  maxLength: 20,
});

interface Step {
  readonly rows: number;
  readonly outcome: Outcome;
  readonly applied: boolean;
}

/** A ledger of `steps`, and what a correct store holds after them: unknown writes as drawn, the others as they must be. */
function scenario(steps: readonly Step[]): { ledger: DeviceLedger; timestamps: number[]; values: number[] } {
  const ledger = new DeviceLedger('root.chaos.w1', 7, 1_700_000_000_000);
  const timestamps: number[] = [];
  for (const step of steps) {
    const tablet = ledger.send(step.rows);
    tablet.outcome = step.outcome;
    const present = step.outcome === Outcome.acknowledged || (step.outcome !== Outcome.rejected && step.applied);
    if (present) for (let row = 0; row < step.rows; row++) timestamps.push(tablet.firstMs + row);
  }
  return { ledger, timestamps, values: timestamps.map((timestampMs) => ledger.valueAt(timestampMs)) };
}

test('a store that did everything right has no findings', () => {
  fc.assert(
    fc.property(history, (steps) => {
      const { ledger, timestamps, values } = scenario(steps);
      const present = timestamps.length;
      expect(checkDevice(ledger, { timestamps, values })).toEqual({
        present,
        lost: 0,
        foreign: 0,
        damaged: 0,
        torn: 0,
      });
    }),
  );
});

test('a row that is dropped, changed, added or doubled is always found', () => {
  fc.assert(
    fc.property(history, fc.nat(), fc.constantFrom('drop', 'change', 'add', 'double'), (steps, draw, damage) => {
      const { ledger, timestamps, values } = scenario([
        ...steps,
        { rows: 3, outcome: Outcome.acknowledged, applied: true },
      ]);
      const at = draw % timestamps.length;
      // The last tablet was acknowledged, so its rows are the ones whose absence must be noticed.
      const last = timestamps.length - 1;
      if (damage === 'drop') {
        timestamps.splice(last, 1);
        values.splice(last, 1);
      } else if (damage === 'change') {
        values[at] = values[at]! + 1;
      } else if (damage === 'add') {
        timestamps.push(timestamps[last]! + 1);
        values.push(0);
      } else {
        timestamps.splice(at, 0, timestamps[at]!);
        values.splice(at, 0, values[at]!);
      }
      const { lost, foreign, damaged, torn } = checkDevice(ledger, { timestamps, values });
      expect({ lost, foreign, damaged, torn }).toEqual({
        lost: damage === 'drop' ? 1 : 0,
        foreign: damage === 'add' || damage === 'double' ? 1 : 0,
        damaged: damage === 'change' ? 1 : 0,
        torn: damage === 'drop' ? 1 : 0,
      });
    }),
  );
});

test('a refused write that is there all the same is foreign', () => {
  const { ledger } = scenario([{ rows: 2, outcome: Outcome.rejected, applied: true }]);
  const timestamps = [1_700_000_000_000, 1_700_000_000_001];
  const values = timestamps.map((timestampMs) => ledger.valueAt(timestampMs));
  expect(checkDevice(ledger, { timestamps, values }).foreign).toBe(2);
});
