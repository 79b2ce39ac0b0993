// Process entry: tries the targets of one job, one after the other, and ends at the first that breaks a promise.

import { fuzzChild } from './fuzz/child.ts';

await fuzzChild();
