// Process entry: npm run bench -- <command>.

import { Command } from 'commander';
import { catchUpCommand } from './catch-up/command.ts';
import { codesCommand } from './codes/command.ts';
import { coreCommand } from './core/command.ts';
import { dispatchCommand } from './dispatch/command.ts';
import { failoverCommand } from './failover/command.ts';
import { idleCommand } from './idle/command.ts';
import { ingestCommand } from './ingest/command.ts';
import { queryCommand } from './query/command.ts';
import { writesCommand } from './writes/command.ts';

await new Command('bench')
  .description('Benchmarks of Balsa, alone and next to its peers. docs/benchmarks.md explains method and fields.')
  .addCommand(writesCommand())
  .addCommand(failoverCommand())
  .addCommand(coreCommand())
  .addCommand(idleCommand())
  .addCommand(codesCommand())
  .addCommand(catchUpCommand())
  .addCommand(dispatchCommand())
  .addCommand(ingestCommand())
  .addCommand(queryCommand())
  .parseAsync();
