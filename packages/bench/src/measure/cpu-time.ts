// CPU time of other processes, as the kernel counts it (proc(5), /proc/<pid>/stat).

import { readFileSync } from 'node:fs';

/** utime and stime count clock ticks; USER_HZ is 100 on every Linux that Node runs on. */
const msPerTick = 10;
/** Fields are counted from the one after the command's closing bracket: state is 0, utime 11, stime 12. */
const utimeField = 11;
const stimeField = 12;

/** User and system time of a process so far, all threads; `undefined` without a /proc, or if the process is gone. */
export function cpuTimeMs(pid: number): number | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return undefined;
  }
  return parseCpuTimeMs(stat);
}

/** Of several together; `undefined` if that of one is not known. */
export function cpuTimeOfAllMs(processes: readonly { readonly pid: number }[]): number | undefined {
  let sum = 0;
  for (const { pid } of processes) {
    const spentMs = cpuTimeMs(pid);
    if (spentMs === undefined) return undefined;
    sum += spentMs;
  }
  return sum;
}

/** The command may itself contain spaces and brackets, so the fields are counted from its last bracket. */
export function parseCpuTimeMs(stat: string): number | undefined {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[utimeField]) + Number(fields[stimeField]);
  return Number.isFinite(ticks) ? ticks * msPerTick : undefined;
}
