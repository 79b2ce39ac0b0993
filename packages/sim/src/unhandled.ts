// Promises that reject with nobody to hear: in a node they would end the process, so in a simulated one they are a find.

type Listener = (error: unknown) => void;

interface NodeProcess {
  on(event: 'unhandledRejection', listener: Listener): void;
  off(event: 'unhandledRejection', listener: Listener): void;
}

/** Calls `listener` for each of them, until the returned function is called. Node tells at the end of the turn. */
export function watchUnhandled(listener: Listener): () => void {
  const { process: node }: { readonly process?: NodeProcess } = globalThis;
  if (node !== undefined) {
    node.on('unhandledRejection', listener);
    return () => node.off('unhandledRejection', listener);
  }
  const browser = globalThis as unknown as EventTarget;
  const onEvent = (event: Event): void => listener('reason' in event ? event.reason : event);
  browser.addEventListener('unhandledrejection', onEvent);
  return () => browser.removeEventListener('unhandledrejection', onEvent);
}
