// The end of a turn of the event loop: everything that arrived together has been taken in, nothing that it caused has
// left yet. Work that is put off until then is done in one go. What that work puts off in its turn (a batch that is
// proposed causes messages to be flushed) is done right behind it, not a turn later: for a lone write every turn counts.

const tasks: (() => void)[] = [];
let isPlanned = false;

/** Runs `task` once this turn's input has been taken in. A task that throws keeps no other from running. */
export function atEndOfTurn(task: () => void): void {
  tasks.push(task);
  if (isPlanned) return;
  isPlanned = true;
  setImmediate(runTasks);
}

function runTasks(): void {
  let done = 0;
  try {
    // Tasks may add tasks.
    for (; done < tasks.length; done++) tasks[done]!();
  } finally {
    // A task that threw counts as done; the error goes where errors of event handlers go, and the rest runs next turn.
    tasks.splice(0, done + 1);
    isPlanned = tasks.length > 0;
    if (isPlanned) setImmediate(runTasks);
  }
}
