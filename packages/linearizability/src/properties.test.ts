import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { appendLog, type LogAction, type LogState } from './append-log.ts';
import { checkLinearizable } from './check.ts';
import { type CounterAction, counter } from './counter.ts';
import type { Operation } from './operation.ts';
import { type RegisterAction, register } from './register.ts';
import { search } from './search.ts';
import type { SequentialModel } from './sequential-model.ts';
import { SeededRandom } from './testing/seeded-random.ts';

const limits = { stepsMax: 5_000_000, configurationsMax: 500_000 };

/** Tries every order of every choice of the unanswered operations. */
function isLinearizableByForce<State, Action>(
  model: SequentialModel<State, Action>,
  operations: readonly Operation<Action>[],
): boolean {
  const extend = (state: State, left: readonly Operation<Action>[]): boolean => {
    if (left.every(({ returnAt }) => returnAt === undefined)) return true;
    return left.some((operation) => {
      const mayComeNext = left.every(({ returnAt }) => returnAt === undefined || returnAt >= operation.callAt);
      const next = mayComeNext ? model.step(state, operation.action) : undefined;
      return next !== undefined && extend(next, without(left, operation));
    });
  };
  return extend(model.initial(), operations);
}

function without<T>(all: readonly T[], one: T): T[] {
  return all.filter((it) => it !== one);
}

/** Is this an order that the clients could have met? */
function expectExplained<State, Action>(
  model: SequentialModel<State, Action>,
  operations: readonly Operation<Action>[],
  order: readonly Operation<Action>[],
): void {
  expect(new Set(order).size).toBe(order.length);
  for (const operation of operations) {
    if (operation.returnAt !== undefined) expect(order).toContain(operation);
  }
  let state = model.initial();
  let latestCallAt = Number.NEGATIVE_INFINITY;
  for (const { action, callAt, returnAt } of order) {
    expect(returnAt ?? Number.POSITIVE_INFINITY).toBeGreaterThanOrEqual(latestCallAt);
    latestCallAt = Math.max(latestCallAt, callAt);
    const next = model.step(state, action);
    expect(next).toBeDefined();
    state = next!;
  }
}

const registerAction: fc.Arbitrary<RegisterAction> = fc.oneof(
  fc.record({ op: fc.constant('write' as const), value: fc.integer({ min: 0, max: 2 }) }),
  fc.record({ op: fc.constant('read' as const), result: fc.constantFrom(null, 0, 1, 2) }),
  fc.record(
    {
      op: fc.constant('compare-and-set' as const),
      expected: fc.constantFrom(null, 0, 1, 2),
      value: fc.integer({ min: 0, max: 2 }),
      result: fc.boolean(),
    },
    { requiredKeys: ['op', 'expected', 'value'] },
  ),
);

const counterAction: fc.Arbitrary<CounterAction> = fc.oneof(
  fc.record(
    { op: fc.constant('add' as const), amount: fc.integer({ min: 0, max: 2 }), result: fc.integer({ min: 0, max: 5 }) },
    { requiredKeys: ['op', 'amount'] },
  ),
  fc.record({ op: fc.constant('read' as const), result: fc.integer({ min: 0, max: 4 }) }),
);

const logAction: fc.Arbitrary<LogAction> = fc.oneof(
  fc.record(
    { op: fc.constant('append' as const), value: fc.constantFrom('a', 'b'), result: fc.integer({ min: 1, max: 4 }) },
    { requiredKeys: ['op', 'value'] },
  ),
  fc.record({ op: fc.constant('read' as const), result: fc.array(fc.constantFrom('a', 'b'), { maxLength: 3 }) }),
  fc.record({
    op: fc.constant('tail' as const),
    result: fc.record({ length: fc.integer({ min: 0, max: 3 }), last: fc.constantFrom(null, 'a', 'b') }),
  }),
);

/** Whatever it may mean: most of these cannot be ordered, many can. */
function anyHistory<Action>(action: fc.Arbitrary<Action>): fc.Arbitrary<Operation<Action>[]> {
  const operation = fc
    .record({ action, callAt: fc.integer({ min: 0, max: 12 }), takes: fc.option(fc.integer({ min: 0, max: 6 })) })
    .map(({ action: asked, callAt, takes }): Operation<Action> => {
      const returnAt = takes === null ? undefined : callAt + takes;
      return { client: 1, key: '', callAt, returnAt, action: asked };
    });
  return fc.array(operation, { maxLength: 7 });
}

function agreesWithForce<State, Action>(
  model: SequentialModel<State, Action>,
  action: fc.Arbitrary<Action>,
): { accepted: number; refused: number } {
  const seen = { accepted: 0, refused: 0 };
  fc.assert(
    fc.property(anyHistory(action), (operations) => {
      const expected = isLinearizableByForce(model, operations);
      seen[expected ? 'accepted' : 'refused']++;
      for (const strategy of ['deep', 'sparing'] as const) {
        const result = search(model, operations, limits, strategy);
        expect(result.outcome).toBe(expected ? 'linearizable' : 'violation');
        if (result.outcome === 'linearizable') expectExplained(model, operations, result.order);
      }
    }),
    { numRuns: 3000 },
  );
  return seen;
}

describe('the search agrees with trying everything', () => {
  it.each([
    ['a register', () => agreesWithForce(register, registerAction)],
    ['a counter', () => agreesWithForce(counter, counterAction)],
    ['a log', () => agreesWithForce(appendLog, logAction)],
  ])('on %s', (_name, compare) => {
    const { accepted, refused } = compare();
    expect(accepted).toBeGreaterThan(300);
    expect(refused).toBeGreaterThan(300);
  });

  it('about which operations contradict each other', () => {
    let conflicts = 0;
    fc.assert(
      fc.property(anyHistory(registerAction), (operations) => {
        const verdict = checkLinearizable(register, operations);
        if (verdict.outcome !== 'violation') return;
        conflicts++;
        const held = verdict.conflict.operations;
        const release = (isHeld: (operation: Operation<RegisterAction>) => boolean) =>
          operations.map((operation) => (isHeld(operation) ? operation : { ...operation, returnAt: undefined }));
        expect(
          isLinearizableByForce(
            register,
            release((operation) => held.includes(operation)),
          ),
        ).toBe(false);
        for (const spared of held) {
          const fewer = without(held, spared);
          const before = operations.filter(({ callAt }) => callAt <= verdict.conflict.last.returnAt!);
          const weaker = release((operation) => fewer.includes(operation)).filter((_, i) =>
            before.includes(operations[i]!),
          );
          expect(isLinearizableByForce(register, weaker)).toBe(true);
        }
      }),
      { numRuns: 1000 },
    );
    expect(conflicts).toBeGreaterThan(100);
  });
});

/**
 * Operations carried out one after the other, each told the truth; then called earlier and answered later than they took
 * effect, so that many overlap. Some lose their answers.
 */
function spread<State, Action>(
  model: SequentialModel<State, Action>,
  seed: number,
  count: number,
  perform: (random: SeededRandom, state: State) => Action,
): Operation<Action>[] {
  const random = new SeededRandom(seed);
  let state = model.initial();
  return Array.from({ length: count }, (_, i) => {
    const action = perform(random, state);
    state = model.step(state, action)!;
    const at = i * 10;
    const returnAt = random.chance(0.02) ? undefined : at + random.integerBetween(0, 60);
    return { client: i % 7, key: '', callAt: at - random.integerBetween(0, 60), returnAt, action };
  });
}

function useRegister(random: SeededRandom, state: unknown): RegisterAction {
  const current = typeof state === 'number' ? state : null;
  if (random.chance(0.4)) return { op: 'read', result: current };
  if (random.chance(0.7)) return { op: 'write', value: random.integerBetween(0, 1_000_000) };
  const expected = random.chance(0.5) ? current : -1;
  return { op: 'compare-and-set', expected, value: random.integerBetween(0, 1_000_000), result: expected === current };
}

function useLog(random: SeededRandom, { length, last }: LogState): LogAction {
  if (random.chance(0.5)) return { op: 'tail', result: { length, last } };
  return { op: 'append', value: random.nextUint32(), result: length + 1 };
}

const seeds = Array.from({ length: 8 }, (_, i) => i + 1);

describe('executions with many operations at the same time', () => {
  it.each(seeds)('are accepted, seed %i', (seed) => {
    const registers = spread(register, seed, 2000, useRegister);
    const verdict = checkLinearizable(register, registers, limits);
    expect(verdict.outcome).toBe('linearizable');
    if (verdict.outcome === 'linearizable') expectExplained(register, registers, verdict.orders.get('')!);
    expect(checkLinearizable(appendLog, spread(appendLog, seed, 2000, useLog), limits).outcome).toBe('linearizable');
  });

  it.each(seeds)('are refused with one stale read among them, seed %i', (seed) => {
    const operations = spread(register, seed, 300, useRegister);
    const reads = operations.filter(({ action, callAt }) => action.op === 'read' && callAt > 1500);
    const victim = reads[seed % reads.length]!;
    // Written once, and surely overwritten before the read was called.
    const old = operations.find(({ action }) => action.op === 'write')!.action;
    const stale: RegisterAction = { op: 'read', result: old.op === 'write' ? old.value : null };
    const wrong = operations.map((operation) =>
      operation === victim ? { ...victim, returnAt: victim.callAt + 60, action: stale } : operation,
    );
    const verdict = checkLinearizable(register, wrong, limits);
    expect(verdict.outcome).toBe('violation');
    if (verdict.outcome === 'violation') expect(verdict.conflict.operations.length).toBeLessThan(20);
  });

  it.each(seeds)('are refused with one acknowledged write lost, seed %i', (seed) => {
    const operations = spread(appendLog, seed, 300, useLog);
    const appends = operations.filter(({ action, returnAt }) => action.op === 'append' && returnAt !== undefined);
    const lost = appends[(seed * 7) % Math.floor(appends.length / 2)]!;
    const place = lost.action.op === 'append' ? lost.action.result! : 0;
    // Everybody after it sees a log without it.
    const wrong = operations.map((operation): Operation<LogAction> => {
      const { action } = operation;
      if (operation === lost) return { ...operation, action: { op: 'append', value: 0 } };
      if (action.op === 'append' && action.result! > place)
        return { ...operation, action: { ...action, result: action.result! - 1 } };
      if (action.op !== 'tail' || action.result!.length < place) return operation;
      const { length, last } = action.result!;
      return { ...operation, action: { op: 'tail', result: { length: length - 1, last } } };
    });
    expect(
      checkLinearizable(
        appendLog,
        wrong.filter(({ action }) => action.op !== 'tail' || action.result!.length !== place - 1),
        limits,
      ).outcome,
    ).toBe('violation');
  });
});

describe('a counter', () => {
  it('with a hundred clients that never heard back is still decided', () => {
    const adds = Array.from({ length: 100 }, (_, i): Operation<CounterAction> => {
      return { client: i, key: '', callAt: 0, returnAt: undefined, action: { op: 'add', amount: 1 } };
    });
    const read = (at: number, result: number): Operation<CounterAction> => {
      return { client: 100, key: '', callAt: at, returnAt: at + 1, action: { op: 'read', result } };
    };
    expect(checkLinearizable(counter, [...adds, read(2, 3), read(4, 7)], limits).outcome).toBe('linearizable');
  });
});
