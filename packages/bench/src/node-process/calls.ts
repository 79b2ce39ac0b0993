// What a node process is told and asked, over the channel between parent and child: one call after the other.

/** Calls and their answers, by name. `stop` closes everything; the process then ends by itself. */
export interface NodeCalls {
  readonly stop: { readonly argument: null; readonly answer: null };
}

/** What every process is told when it starts, as the JSON that is its one argument. */
export interface NodeSpec {
  readonly nodeId: number;
  readonly folder: string;
}

export type CallName<Calls> = keyof Calls & string;
type Call<Calls, Name extends CallName<Calls>> = Calls[Name] extends {
  readonly argument: infer A;
  readonly answer: infer B;
}
  ? { readonly argument: A; readonly answer: B }
  : never;
export type ArgumentOf<Calls, Name extends CallName<Calls>> = Call<Calls, Name>['argument'];
export type AnswerOf<Calls, Name extends CallName<Calls>> = Call<Calls, Name>['answer'];

/** What a process does when it is called. */
export type CallHandlers<Calls> = {
  readonly [Name in CallName<Calls>]: (
    argument: ArgumentOf<Calls, Name>,
  ) => AnswerOf<Calls, Name> | Promise<AnswerOf<Calls, Name>>;
};

export interface CallMessage {
  readonly name: string;
  readonly argument: unknown;
}

export type ReplyMessage = { readonly answer: unknown } | { readonly error: string };
