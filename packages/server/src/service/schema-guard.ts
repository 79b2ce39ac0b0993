// Series are registered in the metadata group before their first value is written. What this node's registry has
// applied is known for good, so writes to known series pass without waiting.

import { canonicalMeasurement, encodeRegisterSeries, type SchemaRegistry } from '@balsa/engine';
import type { ProposeOptions } from '@balsa/replica';
import { decodeCommandResult, isStatusCode, requestTimeoutMsDefault, StatusCode, type TabletHeader } from '@balsa/wire';
import { withDeadline } from './deadline.ts';
import { Refusal } from './refusal.ts';

/** Proposes to the metadata group. */
export type ProposeMetadata = (
  command: Uint8Array,
  options: ProposeOptions,
) => Promise<{ readonly result: Uint8Array }>;

export class SchemaGuard {
  readonly #registry: SchemaRegistry;
  readonly #propose: ProposeMetadata;
  /** Registrations under way, by what they register: whoever needs the same waits for the same. */
  readonly #underWay = new Map<string, Promise<void>>();

  constructor(registry: SchemaRegistry, propose: ProposeMetadata) {
    this.#registry = registry;
    this.#propose = propose;
  }

  /**
   * `undefined` if every series of the tablet is registered. Otherwise registers what is missing; rejects with a
   * `Refusal` if the path is not legal or a limit is reached, or with the group's error.
   */
  ensure(header: TabletHeader, timeoutMs: number): Promise<void> | undefined {
    const known = this.#registry.device(header.device)?.series;
    const missing = header.measurements.flatMap((measurement, position) =>
      known?.has(canonicalMeasurement(measurement) ?? measurement) ? [] : [position],
    );
    if (missing.length === 0) {
      return undefined;
    }
    const command = encodeRegisterSeries({
      device: header.device,
      measurements: missing.map((position) => header.measurements[position]!),
      dataTypes: missing.map((position) => header.dataTypes[position]!),
    });
    return withDeadline(this.#registerOnce(command), timeoutMs, () => {
      return new Refusal(
        StatusCode.NO_AVAILABLE_REGION_GROUP,
        'new series could not be registered in time; send again',
      );
    });
  }

  #registerOnce(command: Buffer): Promise<void> {
    const key = command.toString('latin1');
    const existing = this.#underWay.get(key);
    if (existing !== undefined) {
      return existing;
    }
    const registration = this.#register(command).finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, registration);
    return registration;
  }

  async #register(command: Buffer): Promise<void> {
    const { result } = await this.#propose(command, { timeoutMs: requestTimeoutMsDefault, needsQuorumNow: true });
    const { status, message } = decodeCommandResult(Buffer.from(result));
    // A series that exists with another type is for the store to judge: it knows which types go together.
    if (status !== StatusCode.SUCCESS && status !== StatusCode.DATA_TYPE_MISMATCH) {
      throw new Refusal(isStatusCode(status) ? status : StatusCode.METADATA_ERROR, message);
    }
  }
}
