// Memory of other processes, as the kernel counts it (proc(5), /proc/<pid>/status).

import { readFileSync } from 'node:fs';

const bytesPerKibibyte = 1024;

/** What a process has in memory; `undefined` without a /proc, or if the process is gone. */
export function residentBytes(pid: number): number | undefined {
  let status: string;
  try {
    status = readFileSync(`/proc/${pid}/status`, 'latin1');
  } catch {
    return undefined;
  }
  const [, kibibytes] = /^VmRSS:\s*(\d+) kB$/m.exec(status) ?? [];
  return kibibytes === undefined ? undefined : Number(kibibytes) * bytesPerKibibyte;
}
