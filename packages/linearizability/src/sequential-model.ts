/** What an object does when operations come one at a time: all that the checker knows of it. */
export interface SequentialModel<State, Action> {
  readonly initial: () => State;
  /** The state afterwards; `undefined` if the action, begun in this state, cannot have the result that it had. */
  readonly step: (state: State, action: Action) => State | undefined;
  /** Equal for equal states, and only for them. */
  readonly identify: (state: State) => string | number;
  /** Actions that never change the state, whatever it is. */
  readonly isRead: (action: Action) => boolean;
  readonly describeAction: (action: Action) => string;
  readonly describeState: (state: State) => string;
}

/** Does what is known of a result agree with what the model computes? */
export function agrees<Result>(known: Result | undefined, computed: Result): boolean {
  return known === undefined || known === computed;
}
