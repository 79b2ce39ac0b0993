import type { Group } from '@balsa/replica';
import { describe, expect, test } from 'vitest';
import { NodeService, type NodeServicePorts } from './node-service.ts';

/** Only what a read asks of its group. */
function serviceOver(data: Pick<Group, 'failure' | 'readBarrier'>): NodeService {
  return new NodeService({ data } as NodeServicePorts);
}

const local = { consistency: 'local', timeoutMs: 1000 } as const;

describe('a local read', () => {
  test('waits for nobody', async () => {
    const service = serviceOver({ failure: undefined, readBarrier: () => Promise.reject(new Error('not asked')) });
    await expect(service.readBarrier(local)).resolves.toBeUndefined();
  });

  // Found by seed 401643 of the simulation of whole nodes: the store may have stopped in the middle of a command.
  test('is refused once the group has failed', async () => {
    const service = serviceOver({ failure: new Error('it threw'), readBarrier: () => Promise.resolve(1) });
    await expect(service.readBarrier(local)).rejects.toMatchObject({ code: 'GROUP_FAILED' });
  });
});
