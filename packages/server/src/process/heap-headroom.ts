// Garbage collection that fits a process whose heap is small and whose buffers are many. V8 sets its limit for the next
// full collection as a multiple of the live heap, 15 MB here, but counts buffers outside the heap against it: with
// 64 KiB writes that is a full collection every 12 MB, some twenty a second, and more than half of all CPU time. With a
// fixed headroom instead, the same writes cost half the CPU (docs/benchmarks.md, "Large values").
//
// The growth limit can only be given in percent of the live heap, so it is adjusted as the heap grows.

import { getHeapStatistics, setFlagsFromString } from 'node:v8';

/** How much garbage of the heap may pile up before a full collection. Buffers have V8's own limit of 64 MiB on top. */
const headroomBytes = 256 * 1024 * 1024;
const adjustIntervalMs = 10_000;

/** Until the returned function is called, lets garbage pile up to a fixed amount. Concerns the whole process. */
export function keepHeapHeadroom(): () => void {
  adjust();
  const timer = setInterval(adjust, adjustIntervalMs);
  timer.unref();
  return () => clearInterval(timer);
}

function adjust(): void {
  setFlagsFromString(`--heap-growing-percent=${growthPercent(getHeapStatistics().used_heap_size)}`);
}

/** Never less than V8 itself would allow a large heap. */
export function growthPercent(liveBytes: number): number {
  return Math.max(50, Math.round((100 * headroomBytes) / Math.max(liveBytes, 1)));
}
