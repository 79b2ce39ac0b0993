import { describe, expect, it } from 'vitest';
import { Scheduler } from '../scheduler.ts';
import { drawNodesScenario } from './scenario.ts';
import { StalenessOracle } from './staleness-oracle.ts';

const { clock } = drawNodesScenario(1);

/** At 2000 ms; 10 entries were committed every 100 ms, from 100 on. */
function oracleWithDrift(driftMax: number): StalenessOracle {
  const scheduler = new Scheduler();
  const oracle = new StalenessOracle(scheduler, { clock: { ...clock, driftMax } });
  for (let ms = 100; ms <= 2000; ms += 100) {
    scheduler.nowMs = ms;
    oracle.committed(ms / 10);
  }
  return oracle;
}

describe('a read that may lag', () => {
  it('sees what anybody had committed so long ago, less the entries', () => {
    const sees = oracleWithDrift(0).began(1, { ms: 250, entries: 5 });
    expect(() => sees(165)).not.toThrow();
    expect(() => sees(164)).toThrow('bounded staleness');
  });

  it('need not see what was committed in that very moment', () => {
    const sees = oracleWithDrift(0).began(1, { ms: 300, entries: 0 });
    expect(() => sees(160)).not.toThrow();
    expect(() => sees(159)).toThrow('it must see 160');
  });

  it('may measure the time by a clock that is slow', () => {
    const sees = oracleWithDrift(0.5).began(1, { ms: 250, entries: 0 });
    expect(() => sees(140)).not.toThrow();
    expect(() => sees(139)).toThrow('bounded staleness');
  });

  it('need see nothing before anything is committed', () => {
    const oracle = new StalenessOracle(new Scheduler(), { clock });
    expect(() => oracle.began(1, { ms: 0, entries: 0 })(0)).not.toThrow();
  });
});
