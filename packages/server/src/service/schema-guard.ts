// Series are registered in the metadata group before their first value is written. Writes to series that this node's registry knows pass
// without waiting.
//
// The store makes a series of the type of its first write, and not aligned. If it was registered otherwise, by CREATE TIMESERIES, the
// store is told before.

import {
  canonicalMeasurement,
  type DeviceSchema,
  encodeCreateSeries,
  encodeRegisterSeries,
  type SchemaRegistry,
  type SeriesSchema,
} from '@balsa/engine';
import type { StorageEngine } from '@balsa/engine/storage';
import { type DataType, isStatusCode, requestTimeoutMsDefault, StatusCode, type TabletHeader } from '@balsa/wire';
import { withDeadline } from './deadline.ts';
import { type Propose, proposeCommand } from './propose-command.ts';
import { Refusal } from './refusal.ts';

export interface SchemaGuardPorts {
  readonly registry: SchemaRegistry;
  readonly store: Pick<StorageEngine, 'dataTypeOf'>;
  readonly proposeMetadata: Propose;
  /** Once it has resolved, the registry has everything that was registered before. */
  readonly catchUp: (timeoutMs: number) => Promise<unknown>;
  readonly proposeData: Propose;
}

export class SchemaGuard {
  readonly #ports: SchemaGuardPorts;
  /** What is under way, by its command: whoever needs the same waits for the same. */
  readonly #underWay = new Map<string, Promise<void>>();

  constructor(ports: SchemaGuardPorts) {
    this.#ports = ports;
  }

  /**
   * `undefined` if every series of the tablet is registered, and the store will make of it what was registered. Otherwise sees to
   * it, and a new device is aligned if that is wanted; rejects with a `Refusal` if the path is not legal or a limit is reached, or with a group's error.
   */
  ensure(header: TabletHeader, timeoutMs: number, isAligned = false): Promise<void> | undefined {
    const device = this.#ports.registry.device(header.device);
    const missing: number[] = [];
    const undeclared: number[] = [];
    for (let position = 0; position < header.measurements.length; position++) {
      const name = header.measurements[position]!;
      const known = device && seriesOf(device, name);
      if (known === undefined) missing.push(position);
      else if (this.#mayBeOtherwise(known, header.dataTypes[position]!)) undeclared.push(position);
    }
    if (missing.length === 0)
      return undeclared.length === 0 ? undefined : this.#declare(device!, header, undeclared, timeoutMs);
    const command = encodeRegisterSeries({
      device: header.device,
      isAligned,
      measurements: missing.map((position) => header.measurements[position]!),
      dataTypes: missing.map((position) => header.dataTypes[position]!),
    });
    return this.#once(command, () => this.#register(command), timeoutMs).then(() => {
      const found = this.#ports.registry.device(header.device);
      const positions = [...header.measurements.keys()].filter((position) => {
        const series = found && seriesOf(found, header.measurements[position]!);
        return series !== undefined && this.#mayBeOtherwise(series, header.dataTypes[position]!);
      });
      return found === undefined ? undefined : this.#declare(found, header, positions, timeoutMs);
    });
  }

  /** Whether a first write of this type would make another series than was registered. */
  #mayBeOtherwise({ device, measurement, dataType, isAligned }: SeriesSchema, type: DataType): boolean {
    if (dataType !== type) return true;
    return isAligned && this.#ports.store.dataTypeOf(device, measurement) === undefined;
  }

  #declare(
    device: DeviceSchema,
    header: TabletHeader,
    positions: readonly number[],
    timeoutMs: number,
  ): Promise<void> | undefined {
    const { store, proposeData } = this.#ports;
    const { path } = device;
    const registered = positions.map((position) => seriesOf(device, header.measurements[position]!)!);
    const unknown = registered.filter(({ measurement }) => store.dataTypeOf(path, measurement) === undefined);
    if (unknown.length === 0) return undefined;
    const command = encodeCreateSeries({
      device: path,
      isAligned: unknown[0]!.isAligned,
      measurements: unknown.map(({ measurement }) => measurement),
      dataTypes: unknown.map(({ dataType }) => dataType),
    });
    return this.#once(command, () => propose(proposeData, command).then(() => {}), timeoutMs);
  }

  #once(command: Buffer, carryOut: () => Promise<void>, timeoutMs: number): Promise<void> {
    const key = command.toString('latin1');
    let underWay = this.#underWay.get(key);
    if (underWay === undefined) {
      underWay = carryOut().finally(() => this.#underWay.delete(key));
      this.#underWay.set(key, underWay);
    }
    return withDeadline(underWay, timeoutMs, () => {
      return new Refusal(
        StatusCode.NO_AVAILABLE_REGION_GROUP,
        'new series could not be registered in time; send again',
      );
    });
  }

  /** A series that exists with another type is for the store to judge, which knows the types that go together. */
  async #register(command: Buffer): Promise<void> {
    const status = await propose(this.#ports.proposeMetadata, command, StatusCode.DATA_TYPE_MISMATCH);
    if (status === StatusCode.DATA_TYPE_MISMATCH) await this.#ports.catchUp(requestTimeoutMsDefault);
  }
}

function seriesOf({ series }: DeviceSchema, name: string): SeriesSchema | undefined {
  return series.get(name) ?? series.get(canonicalMeasurement(name) ?? name);
}

async function propose(group: Propose, command: Buffer, alsoGood: StatusCode = StatusCode.SUCCESS): Promise<number> {
  const { status, message } = await proposeCommand(group, command, requestTimeoutMsDefault);
  if (status === StatusCode.SUCCESS || status === alsoGood) return status;
  throw new Refusal(isStatusCode(status) ? status : StatusCode.METADATA_ERROR, message);
}
