// Assertions stay on in production: a broken invariant must stop the group before it can spread.

/** Something that cannot happen has happened. The group must stop; its state is not to be trusted any more. */
export class InvariantError extends Error {
  override readonly name = 'InvariantError';
}

export function assert(condition: boolean, invariant: string): asserts condition {
  if (!condition) throw new InvariantError(`invariant broken: ${invariant}`);
}
