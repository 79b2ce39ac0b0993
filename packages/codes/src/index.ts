export { joinBatch, rebuildFragments, splitBatch } from './batch-fragments.ts';
export { type CodeCounts, fragmentsMax } from './code-counts.ts';
export { defaultKernel } from './default-kernel.ts';
export { ErasureCode, type ErasureCodeOptions, type NumberedBytes } from './erasure-code.ts';
export { CodesError, type CodesErrorCode } from './errors.ts';
export {
  batchBytesMax,
  type Fragment,
  fragmentHeaderBytes,
  openFragment,
  payloadBytes,
  sealFragment,
} from './fragment.ts';
export { createJavaScriptKernel } from './javascript-kernel.ts';
export type { Kernel } from './kernel.ts';
export { createSimdKernel } from './simd-kernel.ts';
