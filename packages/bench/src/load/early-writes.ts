// Writes that are told of early: a simulated client goes on when it is told, while the outcomes of its earlier writes are still to come,
// each under a sequence of its own.

import { type RequestFailure, SequenceWindow, type WriteSink } from '@balsa/client';
import { StatusCode, sessionWindowMax, statusName } from '@balsa/wire';
import type { OnAnswer } from './generator.ts';

interface UnderWay {
  client: number;
  sequence: number;
  isTold: boolean;
}

export class EarlyWrites implements WriteSink {
  readonly #onAnswer: OnAnswer;
  readonly #windows: readonly SequenceWindow[];
  readonly #statusOfLoss: number;
  /** By token. */
  readonly #underWay: UnderWay[] = [];
  readonly #free: number[] = [];

  constructor(clients: number, statusOfLoss: number, onAnswer: OnAnswer) {
    this.#onAnswer = onAnswer;
    this.#statusOfLoss = statusOfLoss;
    this.#windows = Array.from({ length: clients }, () => new SequenceWindow(sessionWindowMax));
  }

  /** The next write of this client; `undefined`: too many of its outcomes are still to come. */
  begin(
    client: number,
  ): { readonly token: number; readonly sequence: number; readonly acknowledgedBelow: number } | undefined {
    const window = this.#windows[client]!;
    const sequence = window.take();
    if (sequence === undefined) return undefined;
    const token = this.#free.pop() ?? this.#underWay.length;
    this.#underWay[token] = { client, sequence, isTold: false };
    return { token, sequence, acknowledgedBelow: window.acknowledgedBelow };
  }

  /** It could not be sent. */
  cancel(token: number): void {
    this.#end(token);
  }

  accepted(token: number): void {
    const underWay = this.#underWay[token]!;
    underWay.isTold = true;
    this.#onAnswer(underWay.client, StatusCode.SUCCESS);
  }

  written(token: number, _index: number, status: number): void {
    this.#settled(token, status, statusName(status));
  }

  failed(token: number, { status, message }: RequestFailure): void {
    this.#settled(token, status ?? this.#statusOfLoss, message);
  }

  /** @throws if a write that counted as a success was none: this generator sends nothing again, and its figures would be wrong. */
  #settled(token: number, status: number, message: string): void {
    const { client, isTold } = this.#end(token);
    if (!isTold) this.#onAnswer(client, status);
    else if (status !== StatusCode.SUCCESS) throw new Error(`a write that was told of early has failed: ${message}`);
  }

  #end(token: number): UnderWay {
    const underWay = this.#underWay[token]!;
    this.#free.push(token);
    this.#windows[underWay.client]!.settle(underWay.sequence);
    return underWay;
  }
}
