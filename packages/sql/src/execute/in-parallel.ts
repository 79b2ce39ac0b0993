/** How many series or devices are asked for at a time: a source that is far away is waited for less often. */
const width = 8;

/**
 * Runs all tasks, some at a time, begun in order. If one fails, no more are begun, those under way are told, and waited for.
 *
 * @throws what the first of them failed with.
 */
export async function inParallel<Task>(
  tasks: Iterable<Task>,
  run: (task: Task, isOver: () => boolean) => Promise<void>,
): Promise<void> {
  const queue = tasks[Symbol.iterator]();
  let failure: { readonly error: unknown } | undefined;
  const isOver = (): boolean => failure !== undefined;
  const work = async (): Promise<void> => {
    for (let next = queue.next(); !next.done && !isOver(); next = queue.next()) {
      try {
        await run(next.value, isOver);
      } catch (error) {
        failure ??= { error };
      }
    }
  };
  await Promise.all(Array.from({ length: width }, work));
  if (failure !== undefined) throw failure.error;
}
