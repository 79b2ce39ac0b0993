import { type Append, MessageType, SeededRandom } from '@balsa/raft';
import { describe, expect, it } from 'vitest';
import { drawLies, type LieKind, lieKinds, noLies, RelayLies } from './relay-lies.ts';

const everybody = [1, 2, 3, 4, 5];

/** Node 2, which passes on to 3 what 1, who leads, has sent it. */
function passedOn(fields: Partial<Append> = {}): Append {
  const routes = [{ node: 4, session: 6, prevIndex: 7, lastIndex: 9, routes: [] }];
  const position = { prevIndex: 7, prevTerm: 1, commitIndex: 5, batches: [], mayOvertake: true };
  return { type: MessageType.append, from: 2, to: 3, term: 2, leader: 1, session: 4, ...position, routes, ...fields };
}

const ack = {
  type: MessageType.appendAck,
  from: 2,
  to: 1,
  term: 2,
  session: 3,
  durableIndex: 6,
  durableTerm: 1,
  incident: 0,
} as const;

function lying(kind: LieKind): RelayLies {
  const lies = new RelayLies({ ...noLies, lateMsMax: 50 }, new SeededRandom(1), everybody);
  lies.restart();
  lies.begin(kind);
  return lies;
}

describe('a relay that lies', () => {
  it('tells each of its lies', () => {
    const first = passedOn();
    expect(lying('drop').instead(first)).toEqual([]);
    const [late] = lying('late').instead(first);
    expect(late).toMatchObject({ message: first });
    expect(late!.afterMs).toBeGreaterThan(0);
    const again = lying('again');
    again.instead(first);
    const second = passedOn({ prevIndex: 9 });
    expect(again.instead(second).map(({ message }) => message)).toEqual([second, first]);
    const [astray] = lying('astray').instead(first);
    expect(astray!.message).toMatchObject({ from: 2, session: 4 });
    const misroute = lying('misroute');
    const told = Array.from({ length: 20 }, () => misroute.instead(first)[0]!.message);
    expect(new Set(told.map((message) => JSON.stringify(message))).size).toBeGreaterThan(5);
  });

  it('acknowledges in the session of another what it holds itself, and nothing before it has acknowledged anything', () => {
    const answers = lying('answer');
    const first = passedOn();
    expect(answers.instead(first)).toHaveLength(1);
    expect(answers.instead(ack)).toEqual([{ message: ack, afterMs: 0 }]);
    expect(answers.instead(first)[1]).toEqual({ message: { ...ack, session: 4 }, afterMs: 0 });
    expect(answers.instead(passedOn({ term: 3 }))).toHaveLength(1);
    answers.restart();
    expect(answers.instead(first)).toHaveLength(1);
  });

  it('never speaks for others, and makes up neither terms nor entries nor what is committed', () => {
    for (const kind of lieKinds) {
      const lies = lying(kind);
      lies.instead(ack);
      for (let i = 0; i < 50; i++) {
        const batches = [
          { kind: 1, firstIndex: 8 + i, count: 1, term: 2, prevTerm: 1, bytes: new Uint8Array(4) },
        ] as const;
        const kept = { prevIndex: 7 + i, prevTerm: 1, commitIndex: 5, batches };
        for (const { message } of lies.instead(passedOn(kept))) {
          expect(message).toMatchObject({ from: 2, term: 2 });
          if (message.type !== MessageType.append) continue;
          expect(message).toMatchObject({ leader: 1, prevTerm: 1, commitIndex: 5 });
          expect(message.prevIndex + 1).toBe(message.batches[0]!.firstIndex);
        }
      }
      expect(lies.told).toBeGreaterThan(0);
    }
  });

  it('is true about everything that it does not pass on, and again once that is asked for', () => {
    const lies = lying('drop');
    const own = passedOn({ from: 1, leader: 1 });
    expect(lies.instead(own)).toEqual([{ message: own, afterMs: 0 }]);
    lies.end();
    const first = passedOn();
    expect(lies.instead(first)).toEqual([{ message: first, afterMs: 0 }]);
  });

  it('is there in some runs, with a mix of their own', () => {
    const mixes = Array.from({ length: 100 }, (_, seed) => drawLies(new SeededRandom(seed)));
    const liars = mixes.filter(({ liarProbability }) => liarProbability > 0);
    expect(liars.length).toBeGreaterThan(15);
    expect(liars.length).toBeLessThan(50);
    for (const kind of lieKinds) expect(liars.some((mix) => mix[`${kind}Probability`] > 0)).toBe(true);
  });
});
