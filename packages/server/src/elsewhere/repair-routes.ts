import { requestTimeoutMsMax, StatusCode } from '@balsa/wire';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { goneSignal } from '../http/gone-signal.ts';
import { checkFields, milliseconds } from '../http/read-request.ts';
import { endingInTime } from '../service/ending-in-time.ts';
import { Refusal } from '../service/refusal.ts';
import { type Repair, snapshotPath } from './repair.ts';

const repairSchema = z.strictObject({
  timeoutMs: milliseconds.default(requestTimeoutMsMax),
});

/** `repair`: absent where the data group only counts. */
export function addRepairRoutes(app: FastifyInstance, repair: Repair | undefined): void {
  const present = (): Repair => {
    if (repair !== undefined) return repair;
    throw new Refusal(StatusCode.UNSUPPORTED_OPERATION, 'this cluster only counts commands (dataStateMachine: count)');
  };
  app.post('/api/v1/repair', async ({ body, headers }, reply) => {
    const { timeoutMs } = checkFields(repairSchema, body ?? {});
    return endingInTime(timeoutMs, goneSignal(reply), (signal) => present().run({ timeoutMs, headers, signal }));
  });
  app.post(snapshotPath, async ({ body }, reply) => {
    const { timeoutMs } = checkFields(repairSchema, body ?? {});
    return endingInTime(timeoutMs, goneSignal(reply), (signal) => present().takeSnapshot(timeoutMs, signal));
  });
}
