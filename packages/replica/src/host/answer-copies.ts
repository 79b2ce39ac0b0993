// Results as they are kept: copies, for what a state machine returns may be a small part of a large buffer, and is its
// own to use again. Nearly all commands have the same short result: it is kept once.

import type { Answer } from './session.ts';

const sharedBytesMax = 64;

export class AnswerCopies {
  #last: { readonly kind: 'result'; readonly result: Uint8Array } = { kind: 'result', result: new Uint8Array() };

  of(result: Uint8Array): Answer {
    if (!isSameShort(result, this.#last.result)) this.#last = { kind: 'result', result: new Uint8Array(result) };
    return this.#last;
  }
}

function isSameShort(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length || a.length > sharedBytesMax) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
