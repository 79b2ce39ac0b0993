// One statement of SQL, asked of the storage engine of a node, against an evaluator that computes it the slow way.

import type { StorageEngine } from '@balsa/engine/storage';
import type { Content } from '@balsa/engine/testing';
import { type MemorySeries, naiveTable, roundedTable, runQuery, selectOf, type Table } from '@balsa/sql/testing';
import { Violation } from '../../oracles.ts';
import { EngineSource } from './engine-source.ts';
import { placeOf } from './series-log.ts';

/** Time is for the simulation to pass, not for the query's own clock. */
const limits = { timeoutMs: Number.POSITIVE_INFINITY };

/** Resolves with a check of the answer against what the series were. Rejects as the engine does, or with the signal's reason. */
export async function askStatement(
  engine: StorageEngine,
  text: string,
  signal: AbortSignal,
): Promise<(expected: Content) => void> {
  const answer = textOf(await runQuery(text, new EngineSource(engine), { limits, signal }));
  return (content) => {
    const expected = textOf(naiveTable(selectOf(text), seriesIn(content)));
    if (answer !== expected) throw new Violation('statements', `${text}\nfound\n${answer}\nnot\n${expected}`);
  };
}

function seriesIn(content: Content): MemorySeries {
  const series: Record<string, MemorySeries[string]> = {};
  for (const [path, { type, points }] of content) {
    const [device, measurement] = placeOf(path);
    series[device] = { ...series[device], [measurement]: [type, ...points] };
  }
  return series;
}

function textOf(table: Table): string {
  const { header, rows } = roundedTable(table);
  return [header, ...rows].map((cells) => cells.map(String).join(' | ')).join('\n');
}
