// Child processes run compiled code even when their parent runs from source, as under the test runner.

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { BenchError } from '../bench-error.ts';

/** Path of a compiled module of this package, such as `load/balsa-load-main.js`. Throws NOT_BUILT. */
export function builtFile(module: string): string {
  // This file lies two levels below the package's folder, in src as in dist.
  const path = fileURLToPath(new URL(`../../dist/${module}`, import.meta.url));
  if (!existsSync(path)) throw new BenchError('NOT_BUILT', `${path} is missing: run "npm run build" first`);
  return path;
}
