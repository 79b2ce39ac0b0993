// Whether what clients saw of the registers of a round has an order that explains it.

import { checkHistory, type SearchLimits } from '@balsa/linearizability';
import type { RegisterOperation } from './registers.ts';

export interface RegisterFindings {
  readonly writes: number;
  readonly reads: number;
  /** Registers for which the check gave up: too many writes without an answer at the same time. */
  readonly undecided: number;
  /** Why there is no order; one text for each register. */
  readonly violations: readonly string[];
}

/** Some seconds for each register, at most. */
const limits: SearchLimits = { stepsMax: 4_000_000, configurationsMax: 500_000 };

export function checkRegisters(operations: readonly RegisterOperation[]): RegisterFindings {
  const findings = { writes: 0, reads: 0, undecided: 0 };
  const violations: string[] = [];
  for (const ofOne of byKey(operations).values()) {
    const { outcome, explanation } = checkHistory({ model: 'register', operations: ofOne }, limits);
    if (outcome === 'unknown') {
      findings.undecided++;
      continue;
    }
    if (outcome === 'violation') violations.push(explanation);
    const writes = ofOne.filter(({ action }) => action.op === 'write').length;
    findings.writes += writes;
    findings.reads += ofOne.length - writes;
  }
  return { ...findings, violations };
}

function byKey(operations: readonly RegisterOperation[]): Map<string, RegisterOperation[]> {
  const keys = new Map<string, RegisterOperation[]>();
  for (const operation of operations) {
    const ofKey = keys.get(operation.key);
    if (ofKey === undefined) keys.set(operation.key, [operation]);
    else ofKey.push(operation);
  }
  return keys;
}
