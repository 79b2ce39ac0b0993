// Where a run took place, since figures without their machine mean little.

import { statfsSync } from 'node:fs';
import { cpus, release, totalmem, type } from 'node:os';
import { BenchError } from '../bench-error.ts';

export interface Machine {
  readonly node: string;
  readonly system: string;
  readonly cpuModel: string;
  readonly cpuCount: number;
  readonly memoryBytes: number;
}

export interface Environment extends Machine {
  /** Where the data lay. */
  readonly folder: string;
}

/** Magic numbers of file systems in memory (statfs(2)): tmpfs and ramfs. */
const memoryFileSystems: readonly number[] = [0x01021994, 0x858458f6];

export function describeEnvironment(folder: string): Environment {
  return { ...describeMachine(), folder };
}

export function describeMachine(): Machine {
  const processors = cpus();
  return {
    node: process.version,
    system: `${type()} ${release()}`,
    cpuModel: processors[0]?.model ?? 'unknown',
    cpuCount: processors.length,
    memoryBytes: totalmem(),
  };
}

/** A flush to memory costs nothing and would make every durable write a lie. Throws NOT_A_DISK. */
export function requireDisk(folder: string): void {
  if (memoryFileSystems.includes(statfsSync(folder).type)) {
    throw new BenchError('NOT_A_DISK', `${folder} lies in memory: choose a folder on a disk with --folder`);
  }
}
