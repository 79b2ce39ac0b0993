import { SequenceWindow } from './sequence-window.ts';

/** A session of one group: under its id and a sequence of its window, a write is applied at most once. */
export class Session {
  readonly id: number;
  readonly window: SequenceWindow;

  constructor(id: number, windowWidth: number) {
    this.id = id;
    this.window = new SequenceWindow(windowWidth);
  }
}
