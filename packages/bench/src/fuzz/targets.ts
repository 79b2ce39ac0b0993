// Every decoder of the house that faces a disk, a network or a person's text.

import { cliTargets } from '@balsa/cli/fuzz';
import { clientTargets } from '@balsa/client/fuzz';
import { engineTargets } from '@balsa/engine/fuzz';
import { replicaTargets } from '@balsa/replica/fuzz';
import { serverTargets } from '@balsa/server/fuzz';
import { simTargets } from '@balsa/sim/fuzz';
import { sqlTargets } from '@balsa/sql/fuzz';
import { tsfileTargets } from '@balsa/tsfile/fuzz';
import { type FuzzTarget, wireTargets } from '@balsa/wire/fuzz';
import { BenchError } from '../bench-error.ts';
import { fragmentTargets } from './fragments.ts';

export const fuzzTargets: readonly FuzzTarget[] = [
  ...wireTargets,
  ...fragmentTargets,
  ...replicaTargets,
  ...engineTargets,
  ...serverTargets,
  ...clientTargets,
  ...cliTargets,
  ...simTargets,
  ...sqlTargets,
  ...tsfileTargets,
];

/** Those whose name begins with `prefix`, such as `wire/` or `wire/tablet`. @throws BenchError ILLEGAL_ARGUMENT. */
export function targetsNamed(prefix: string): readonly FuzzTarget[] {
  const named = fuzzTargets.filter(({ name }) => name === prefix);
  const found = named.length > 0 ? named : fuzzTargets.filter(({ name }) => name.startsWith(prefix));
  if (found.length > 0) return found;
  const names = fuzzTargets.map(({ name }) => name).join(', ');
  throw new BenchError('ILLEGAL_ARGUMENT', `there is no target "${prefix}"; there are: ${names}`);
}
