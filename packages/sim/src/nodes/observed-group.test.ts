import { type Batch, BatchKind, configurationOf, initialHardState, logStart } from '@balsa/raft';
import { describe, expect, it } from 'vitest';
import { ObservedGroup } from './observed-group.ts';

function batch(firstIndex: number, term: number, content = firstIndex): Batch {
  return { kind: BatchKind.entries, term, prevTerm: term, firstIndex, count: 1, bytes: Buffer.from([content, term]) };
}

const hardState = { term: 3, votedFor: 2, incident: 0 };

/** Entries 1 and 2 are confirmed, 3 and 4 under way; term 3 is saved, and nothing on its way. */
function observed(): ObservedGroup {
  const group = new ObservedGroup(1, [1, 2, 3], () => []);
  for (const index of [1, 2, 3, 4]) group.appended(index, batch(index, 1));
  group.appendsConfirmed(2);
  group.saving(hardState);
  group.saved(hardState);
  return group;
}

describe('what a new process finds', () => {
  const logs: Record<string, readonly Batch[]> = {
    'what was confirmed': [batch(1, 1), batch(2, 1)],
    'and some of what was under way': [batch(1, 1), batch(2, 1), batch(3, 1)],
    'and all of it': [batch(1, 1), batch(2, 1), batch(3, 1), batch(4, 1)],
  };

  it.each(Object.entries(logs))('may be %s', (_what, log) => {
    const group = observed();
    expect(() => group.recovered(hardState, logStart, log)).not.toThrow();
    expect([group.durable, group.visible]).toEqual([log, log]);
  });

  it.each<[string, readonly Batch[]]>([
    ['less', [batch(1, 1)]],
    ['nothing', []],
    ['something else in its place', [batch(1, 1), batch(2, 1, 99)]],
    ['what was under way with a gap', [batch(1, 1), batch(2, 1), batch(4, 1)]],
    ['more than there ever was', [1, 2, 3, 4, 5].map((index) => batch(index, 1))],
    ['only a later part', [batch(2, 1)]],
  ])('must not be %s', (_what, log) => {
    expect(() => observed().recovered(hardState, logStart, log)).toThrow(
      'recovery: node 1 had confirmed entries up to 2',
    );
  });

  it('may be less if the node says that it has lost entries', () => {
    expect(() => observed().recovered({ ...hardState, incident: 7 }, logStart, [batch(1, 1)])).not.toThrow();
  });

  it('may lack what a confirmed entry has superseded', () => {
    const group = observed();
    group.appended(5, batch(2, 2));
    group.appendsConfirmed(5);
    expect(() => group.recovered(hardState, logStart, [batch(1, 1), batch(2, 2)])).not.toThrow();
  });

  it('may be a vote on its way, but no earlier one', () => {
    const group = observed();
    const next = { term: 4, votedFor: undefined, incident: 0 };
    group.saving(next);
    expect(() => observed().recovered(initialHardState, logStart, [batch(1, 1), batch(2, 1)])).toThrow(
      'had saved term 3, vote 2, and finds term 0',
    );
    expect(() => group.recovered(next, logStart, [batch(1, 1), batch(2, 1)])).not.toThrow();
    expect(group.durableHardState).toEqual(next);
  });

  it('must not have forgotten an incident', () => {
    const group = observed();
    group.saving({ ...hardState, incident: 5 });
    group.saved(group.durableHardState);
    group.wiped(true);
    expect(() => group.recovered(initialHardState, logStart, [])).toThrow('recovery');
    expect(() => group.recovered({ ...initialHardState, incident: 9 }, logStart, [])).not.toThrow();
  });
});

describe('a group that is removed from the disk', () => {
  it('may be found whole, partly written, or gone, until its next life is confirmed', () => {
    const whole = [1, 2, 3].map((index) => batch(index, 1));
    for (const log of [whole, [...whole, batch(4, 1)], []]) {
      const group = observed();
      group.forgotten();
      expect(group.visible).toEqual([]);
      expect(() => group.recovered(hardState, logStart, log)).not.toThrow();
    }
    const group = observed();
    group.forgotten();
    group.appended(1, batch(1, 5));
    group.appendsConfirmed(1);
    expect(group.durable).toEqual([batch(1, 5)]);
    expect(() => group.recovered(hardState, logStart, whole)).toThrow('recovery');
  });

  it('has the members of its newest entry that says so, of its founders, or none that it knows of in its next life', () => {
    const group = observed();
    expect(group.configuration).toEqual(configurationOf([1, 2, 3]));
    group.appended(5, { ...batch(5, 2), configuration: configurationOf([1, 4]) });
    group.appended(6, batch(6, 2));
    expect([group.configuration.voters, group.configurationIndex]).toEqual([[1, 4], 5]);
    group.appended(7, batch(5, 3));
    expect([group.configuration.voters, group.configurationIndex]).toEqual([[1, 2, 3], 0]);
    group.begins([]);
    expect([group.configuration.voters, group.configurationIndex]).toEqual([[], 0]);
  });
});
