// A turn: when it is over, every promise that could settle has settled. Works in Node and in a browser.

/** So often a turn is one of the event loop, for code that waits for that itself: a large snapshot is read in several. */
const turnsPerLoop = 64;

const planLoop: (wake: () => void) => void =
  typeof setImmediate === 'function' ? (wake) => setImmediate(wake) : planByMessage();
// Node calls what is planned so once no promise can settle any more, without a look at timers and sockets, which costs as much as
// an event of a simulation.
const planTurn: (wake: () => void) => void =
  typeof process === 'object' && 'nextTick' in process ? (wake) => process.nextTick(wake) : planLoop;

/** Of one run, so that a replay has the same. */
export class Turns {
  #count = 0;

  /** Resolves in the next turn. */
  next(): Promise<void> {
    const plan = this.#count++ % turnsPerLoop === 0 ? planLoop : planTurn;
    return new Promise(plan);
  }
}

function planByMessage(): (wake: () => void) => void {
  const { port1, port2 } = new MessageChannel();
  const waiting: (() => void)[] = [];
  port1.addEventListener('message', () => waiting.shift()?.());
  port1.start();
  return (wake) => {
    waiting.push(wake);
    port2.postMessage(undefined);
  };
}
