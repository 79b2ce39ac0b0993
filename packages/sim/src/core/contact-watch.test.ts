import { configurationOf } from '@balsa/raft';
import { describe, expect, it } from 'vitest';
import { ContactWatch } from './contact-watch.ts';

const five = configurationOf([1, 2, 3, 4, 5]);

describe('contact watch', () => {
  it('counts the ticks of leading since a quorum was heard', () => {
    const watch = new ContactWatch(1, 2);
    const tick = (leads: boolean): boolean => watch.tick(leads, five);
    expect([tick(false), tick(true), tick(true), tick(true), tick(true)]).toEqual([false, false, false, false, true]);
    watch.heard(2);
    // One other and itself are two of five.
    expect(tick(true)).toBe(true);
    watch.heard(3);
    expect([tick(true), tick(true)]).toEqual([false, true]);
    // The older of the two newest decides.
    watch.heard(4);
    expect([tick(true), tick(true), tick(true)]).toEqual([true, true, true]);
    watch.heard(2);
    watch.heard(3);
    expect([tick(true), tick(true), tick(true)]).toEqual([false, false, true]);
  });

  it('asks both sets of a joint configuration', () => {
    const watch = new ContactWatch(1, 2);
    const joint = { ...configurationOf([1, 4, 5]), outgoing: [1, 2, 3] };
    const heardBy = (...nodes: readonly number[]): boolean => {
      for (const node of nodes) watch.heard(node);
      return watch.tick(true, joint);
    };
    for (let i = 0; i < 3; i++) watch.tick(true, joint);
    expect(heardBy(2, 3)).toBe(true);
    expect(heardBy(4)).toBe(false);
  });

  it('starts over with each leadership and each life', () => {
    const watch = new ContactWatch(1, 1);
    const tick = (leads: boolean): boolean => watch.tick(leads, five);
    expect([tick(true), tick(true), tick(true)]).toEqual([false, false, true]);
    expect([tick(false), tick(true), tick(true), tick(true)]).toEqual([false, false, false, true]);
    watch.restart();
    expect([tick(true), tick(true), tick(true)]).toEqual([false, false, true]);
  });

  it('knows that a group of one needs nobody', () => {
    const watch = new ContactWatch(1, 1);
    for (let i = 0; i < 100; i++) expect(watch.tick(true, configurationOf([1]))).toBe(false);
  });

  it('remembers for how long it has not heard of somebody', () => {
    const watch = new ContactWatch(1, 1);
    expect(watch.hasHeardWithin(2, 5)).toBe(false);
    watch.heard(2);
    watch.tick(true, five);
    watch.tick(true, five);
    expect([watch.hasHeardWithin(2, 1), watch.hasHeardWithin(2, 2)]).toEqual([false, true]);
  });
});
