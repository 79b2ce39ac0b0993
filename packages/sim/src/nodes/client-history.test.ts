import { expect, it } from 'vitest';
import { ClientHistory } from './clients.ts';

const write = (value: string) => ({ op: 'write', value }) as const;

it('gives each lineage what took effect in it', () => {
  const history = new ClientHistory();
  const over = history.called(1, 'r', write('over'));
  const lost = history.called(1, 'r', write('lost'));
  history.applied(0, 'over');
  history.applied(0, 'lost');
  history.returned(over);
  history.returned(lost);
  const underWay = history.called(2, 'r', write('under way'));
  history.forcedOn(new Map([['r', 'over']]));
  // Node seed 1795995207641: the survivor's log holds an attempt that its group had made again, and answered.
  history.applied(1, 'lost');
  history.applied(1, 'under way');
  history.returned(underWay);
  const valuesOf = (lineage: number): unknown[] =>
    history.operationsOf(lineage).map(({ action }) => (action.op === 'write' ? action.value : undefined));
  expect(valuesOf(0)).toEqual(['over', 'lost']);
  expect(valuesOf(1)).toEqual(['over', 'lost', 'under way']);
});
