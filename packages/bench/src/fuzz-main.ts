// Process entry: npm run fuzz.

import { fuzzCommand } from './fuzz/command.ts';

await fuzzCommand().parseAsync();
