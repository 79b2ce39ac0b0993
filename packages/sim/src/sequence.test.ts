import { MessageType } from '@balsa/raft';
import { describe, expect, it } from 'vitest';
import { simulate } from './core/simulation.ts';
import { drawHtml } from './sequence-html.ts';
import { drawText } from './sequence-text.ts';
import { Trace, type TraceWindow } from './trace.ts';

/** Three members: 1 asks, 2 answers, 3 never hears of it. */
function smallRun(window: TraceWindow): Trace {
  const clock = { nowMs: 0 };
  const trace = new Trace(clock, 3, window);
  for (const member of [1, 2, 3]) trace.note(member, 'start', 'starts');
  clock.nowMs = 150;
  trace.note(1, 'candidate', 'candidate of term 2');
  const request = {
    type: MessageType.voteRequest,
    from: 1,
    term: 2,
    lastIndex: 4,
    lastTerm: 1,
    transfer: false,
  } as const;
  const [toTwo, toThree] = [
    { ...request, to: 2 },
    { ...request, to: 3 },
  ];
  trace.sent(toTwo);
  trace.sent(toThree);
  trace.lost(toThree, 'link cut');
  clock.nowMs = 157;
  trace.arrived(toTwo);
  const answer = { type: MessageType.voteResponse, from: 2, to: 1, term: 2, granted: true } as const;
  trace.sent(answer);
  trace.note(3, 'crash', 'crashes');
  trace.sent({ ...answer, from: 3 });
  clock.nowMs = 160;
  trace.arrived(answer);
  trace.note(1, 'leader', 'leader of term 2');
  clock.nowMs = 170;
  trace.note(1, 'commit', 'commits up to 5');
  return trace;
}

const everything: TraceWindow = { eventsMax: 1000 };

describe('a sequence picture in text', () => {
  it('has a column per member, a row per event, and arrows where messages arrive', () => {
    expect(drawText(smallRun(everything).record)).toMatchInlineSnapshot(`
      "           1     2     3
           0 ms  ┬                 1 starts
           0 ms  │     ┬           2 starts
           0 ms  │     │     ┬     3 starts
         150 ms  ◆     │     │     1 candidate of term 2
         150 ms  ●─────│────×│     voteRequest t2, log ends 4@1 (link cut)
         157 ms  ●────▶│     │     voteRequest t2, log ends 4@1 (+7 ms)
         157 ms  ┇     │     ╳     3 crashes
         157 ms  ┇◁┄┄┄┄│┄┄┄┄┄●     voteResponse t2: granted
         160 ms  ┇◀────●           voteResponse t2: granted (+3 ms)
         160 ms  ★     │           1 leader of term 2
         170 ms  ✓     │           1 commits up to 5

      members  │ follower  ┆ pre-candidate  ┇ candidate  ┃ leader  : paused; none while down
      messages ●──▶ where and when they arrive  ●──× lost  ●┄┄▷ still on their way at the end"
    `);
  });

  it('of a part of the run knows how the members stood before it', () => {
    const lines = drawText(smallRun({ eventsMax: 1000, fromMs: 161 }).record).split('\n');
    expect(lines[1]).toMatch(/170 ms {2}✓ {5}│ {11}1 commits up to 5/);
    const newest = drawText(smallRun({ eventsMax: 1 }).record).split('\n');
    expect(newest).toEqual(lines);
    expect(
      drawText(smallRun({ eventsMax: 1000, toMs: 149 }).record)
        .split('\n')
        .slice(1, 4),
    ).toEqual([
      '     0 ms  ┬                 1 starts',
      '     0 ms  │     ┬           2 starts',
      '     0 ms  │     │     ┬     3 starts',
    ]);
  });
});

describe('a sequence picture as a page', () => {
  const page = drawHtml(smallRun(everything).record, { title: 'seed 1: <none> & "sound"', details: '<members>' });

  it('draws every message once, as it fared, and every member’s life', () => {
    expect(page.match(/class="full"/g)).toHaveLength(2);
    expect(page.match(/class="lost"/g)).toHaveLength(1);
    expect(page.match(/class="open"/g)).toHaveLength(1);
    expect(page.match(/class="line leader"/g)).toHaveLength(1);
    expect(page).toContain('member 3');
    expect(page).toContain('voteRequest t2, log ends 4@1');
  });

  it('needs nothing from elsewhere, and cannot be broken by what it shows', () => {
    expect(page.match(/(?:src|href)=|@import|url\((?!#)/g)).toBeNull();
    expect(page).toContain('seed 1: &lt;none&gt; &amp; &quot;sound&quot;');
    expect(page).toContain('<pre>&lt;members&gt;</pre>');
  });

  it('of a real run settles nearly every message', () => {
    const { trace } = simulate(42, { eventsMax: 3000, toMs: 2000 });
    const real = drawHtml(trace, { title: 'seed 42', details: '' });
    const sent = trace.events.filter(({ type }) => type === 'sent').length;
    expect(sent).toBeGreaterThan(100);
    expect((real.match(/class="open"/g) ?? []).length).toBeLessThan(sent / 10);
  });
});
