import { createJavaScriptKernel } from './javascript-kernel.ts';
import type { Kernel } from './kernel.ts';
import { createSimdKernel } from './simd-kernel.ts';

let chosen: Kernel | undefined;

/** The fastest that this engine can run, made when it is first asked for; one for the whole process. */
export function defaultKernel(): Kernel {
  chosen ??= createSimdKernel() ?? createJavaScriptKernel();
  return chosen;
}
