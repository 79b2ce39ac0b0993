// Process entry: npm run chaos.

import { chaosCommand } from './chaos/command.ts';

await chaosCommand().parseAsync();
