import { describe, expect, it } from 'vitest';
import { waitFor } from './wait.ts';

const never = new AbortController().signal;

describe('waitFor', () => {
  it('asks until there is an answer', async () => {
    let asked = 0;
    const ask = async () => (++asked === 3 ? 'yes' : undefined);
    expect(await waitFor('it', ask, 10_000, never)).toBe('yes');
    expect(asked).toBe(3);
  });

  it('gives up at the deadline and says what was waited for', async () => {
    const waiting = waitFor('a leader', async () => undefined, 0, never);
    await expect(waiting).rejects.toMatchObject({ code: 'TOUR_STALLED', message: expect.stringContaining('a leader') });
  });

  it('ends with the reason of the signal', async () => {
    const controller = new AbortController();
    const waiting = waitFor('it', async () => undefined, 10_000, controller.signal);
    controller.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
  });
});
