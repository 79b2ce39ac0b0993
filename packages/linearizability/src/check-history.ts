// A history of any model, checked and explained.

import { appendLog } from './append-log.ts';
import { checkLinearizable, type Verdict } from './check.ts';
import { counter } from './counter.ts';
import type { History } from './history-file.ts';
import type { Operation } from './operation.ts';
import { register } from './register.ts';
import type { SearchLimits } from './search.ts';
import type { SequentialModel } from './sequential-model.ts';
import { describeConflict } from './timeline.ts';

export interface HistoryReport {
  readonly outcome: Verdict<unknown>['outcome'];
  /** In words: why not, or why that could not be told. Empty for a linearizable history. */
  readonly explanation: string;
}

export function checkHistory(history: History, limits?: SearchLimits): HistoryReport {
  switch (history.model) {
    case 'register':
      return reportOn(register, history.operations, limits);
    case 'counter':
      return reportOn(counter, history.operations, limits);
    case 'log':
      return reportOn(appendLog, history.operations, limits);
  }
}

function reportOn<State, Action>(
  model: SequentialModel<State, Action>,
  operations: readonly Operation<Action>[],
  limits: SearchLimits | undefined,
): HistoryReport {
  const verdict = checkLinearizable(model, operations, limits);
  switch (verdict.outcome) {
    case 'linearizable':
      return { outcome: verdict.outcome, explanation: '' };
    case 'violation':
      return { outcome: verdict.outcome, explanation: describeConflict(model, verdict.conflict) };
    case 'unknown': {
      const object = verdict.key === '' ? '' : `${JSON.stringify(verdict.key)}: `;
      return {
        outcome: verdict.outcome,
        explanation: `${object}the limits of the check were reached (${verdict.reason})`,
      };
    }
  }
}
