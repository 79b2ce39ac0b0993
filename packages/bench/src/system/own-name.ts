// What a run makes in the system (namespaces, links, mounts) carries the process id of the command, so that what a run
// that died has left behind is recognised, and what another run still uses is left alone.

/** A name's owner is the number that the pattern's first group finds. */
export function leftBehind(
  names: readonly string[],
  pattern: RegExp,
  isAlive: (pid: number) => boolean = isProcessAlive,
): string[] {
  return names.filter((name) => {
    const owner = pattern.exec(name)?.[1];
    return owner !== undefined && !isAlive(Number(owner));
  });
}

function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
