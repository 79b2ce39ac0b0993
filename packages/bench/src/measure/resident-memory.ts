// Memory of other processes, as the kernel counts it (proc(5), /proc/<pid>/status).

import { readFileSync } from 'node:fs';

const bytesPerKibibyte = 1024;

/** What a process has in memory; `undefined` without a /proc, or if the process is gone. */
export function residentBytes(pid: number): number | undefined {
  return memoryField(pid, 'VmRSS');
}

/** The most that it has had. */
export function peakResidentBytes(pid: number): number | undefined {
  return memoryField(pid, 'VmHWM');
}

/** That of the one of several processes that has had most; `null`: none is known. */
export function largestPeakBytes(processes: readonly { readonly pid: number }[]): number | null {
  const peaks = processes.map(({ pid }) => peakResidentBytes(pid)).filter((peak) => peak !== undefined);
  return peaks.length === 0 ? null : Math.max(...peaks);
}

function memoryField(pid: number, name: string): number | undefined {
  let status: string;
  try {
    status = readFileSync(`/proc/${pid}/status`, 'latin1');
  } catch {
    return undefined;
  }
  const [, kibibytes] = new RegExp(`^${name}:\\s*(\\d+) kB$`, 'm').exec(status) ?? [];
  return kibibytes === undefined ? undefined : Number(kibibytes) * bytesPerKibibyte;
}
