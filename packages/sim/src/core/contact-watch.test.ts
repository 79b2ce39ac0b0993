import { describe, expect, it } from 'vitest';
import { ContactWatch } from './contact-watch.ts';

describe('contact watch', () => {
  it('counts the ticks of leading since a quorum was heard', () => {
    const watch = new ContactWatch(5);
    expect(watch.tick(false)).toBe(0);
    expect(watch.tick(true)).toBe(0);
    expect(watch.tick(true)).toBe(1);
    watch.heard(2);
    // One other and itself are two of five.
    expect(watch.tick(true)).toBe(2);
    watch.heard(3);
    expect(watch.tick(true)).toBe(2);
    expect(watch.tick(true)).toBe(3);
    // The older of the two newest decides.
    watch.heard(4);
    expect(watch.tick(true)).toBe(3);
    watch.heard(3);
    expect(watch.tick(true)).toBe(2);
  });

  it('starts over with each leadership and each life', () => {
    const watch = new ContactWatch(3);
    watch.tick(true);
    expect(watch.tick(true)).toBe(1);
    expect(watch.tick(false)).toBe(0);
    expect(watch.tick(true)).toBe(0);
    expect(watch.tick(true)).toBe(1);
    watch.restart();
    expect(watch.tick(true)).toBe(0);
  });

  it('knows that a group of one needs nobody', () => {
    const watch = new ContactWatch(1);
    for (let i = 0; i < 100; i++) expect(watch.tick(true)).toBe(0);
  });
});
