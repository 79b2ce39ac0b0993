// A turn of the event loop: when it is over, every promise that could settle has settled. Works in Node and in a browser.

const waiting: (() => void)[] = [];
const wake = (): void => {
  for (const resolve of waiting.splice(0)) resolve();
};
const planTurn: () => void = typeof setImmediate === 'function' ? () => setImmediate(wake) : planByMessage();

/** Resolves in the next turn. All who wait for it share one. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    if (waiting.push(resolve) === 1) planTurn();
  });
}

function planByMessage(): () => void {
  const { port1, port2 } = new MessageChannel();
  port1.addEventListener('message', wake);
  port1.start();
  return () => port2.postMessage(undefined);
}
