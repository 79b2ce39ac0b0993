// Files of the storage engine, as they come from the disk or from another node, and commands of its log. The files have
// checksums, which would refuse nearly every input: here each is given the right one.

import { crc32c, DataType, decodeCommandResult, encodeInsertTablet, StatusCode } from '@balsa/wire';
import { decoderTarget, FuzzFinding, type FuzzTarget } from '@balsa/wire/fuzz';
import {
  encodeAdvanceClock,
  encodeCreateSeries,
  encodeDeleteRange,
  encodeDeleteSeries,
  encodeSetTtl,
  encodeUnsetTtl,
} from '../data-command.ts';
import { parsePathPattern } from '../path-pattern.ts';
import { Catalog } from '../storage/catalog/catalog.ts';
import { applyChanges, encodeChanges } from '../storage/catalog/catalog-bytes.ts';
import { StorageError } from '../storage/errors.ts';
import { decodeManifest, emptyManifest, encodeManifest, type Manifest } from '../storage/files/manifest.ts';
import { decodeResource, encodeResource } from '../storage/files/resource.ts';
import { LogState } from '../storage/log-state.ts';
import { TtlRules } from '../storage/tombstones/ttl.ts';

const device = 'root.plant.line4';
const file = { name: '1-a.tsfile', sizeBytes: 1000, checksum: 7 };
const manifest: Manifest = {
  ...emptyManifest,
  appliedIndex: 9,
  ttl: new TtlRules([{ path: 'root.plant.**', ttlMs: 1000 }], 5000),
  tombstones: [{ index: 3, pattern: parsePathPattern('root.*.`a.b`.**')!, startMs: 0, endMs: 9, except: [device] }],
  catalog: [{ ...file, name: 'b.catalog' }],
  files: [
    {
      file,
      resource: { ...file, name: '1-a.tsfile.resource' },
      isInOrder: true,
      flush: 1,
      index: 9,
      points: 3,
      firstMs: 1,
      lastMs: 2,
    },
  ],
};

function sampleCatalog(): Catalog {
  const catalog = new Catalog();
  catalog.add(catalog.intern(device), 'speed', DataType.DOUBLE);
  catalog.align(catalog.intern('root.`a.b`'), true);
  catalog.add(catalog.intern(device), 'note', DataType.TEXT);
  catalog.remove(catalog.intern(device), 'speed');
  return catalog;
}

/** With the checksum that it should have. */
function sealed(input: Buffer): Buffer {
  const bytes = Buffer.from(input);
  if (bytes.length >= 4) bytes.writeUInt32LE(crc32c(bytes.subarray(0, -4)), bytes.length - 4);
  return bytes;
}

const commands = [
  encodeInsertTablet({
    device,
    measurements: ['speed', 'blob'],
    dataTypes: [DataType.DATE, DataType.BLOB],
    timestamps: Float64Array.of(2, 1),
    columns: [{ values: Int32Array.of(20_240_229, 1) }, { values: [Uint8Array.of(1), Uint8Array.of()] }],
  }),
  encodeDeleteRange({ patterns: ['root.**', `${device}.sp*`], startMs: 0, endMs: 2 }),
  encodeDeleteSeries([`${device}.*`]),
  encodeCreateSeries({ device: 'root.plant.line5', isAligned: true, measurements: ['a'], dataTypes: [DataType.TEXT] }),
  encodeSetTtl({ path: 'root.plant.**', ttlMs: 1000 }),
  encodeUnsetTtl('root.plant.**'),
  encodeAdvanceClock(5000),
];

/** What the samples need to be there. */
const before = commands.filter((_, i) => i === 0 || i === 4);

const commandTarget: FuzzTarget = {
  name: 'engine/storage-command',
  corpus: commands,
  words: ['root.', '**', '*', '`', device],
  probe(input) {
    const states = [newState(), newState()];
    // Again, behind itself: what exists now must not make it throw.
    const results = states.map((state) => {
      for (const command of before) state.apply(state.appliedIndex + 1, command);
      return [input, input].map((command) => Buffer.from(state.apply(state.appliedIndex + 1, command)).toString('hex'));
    });
    if (results[0]!.join() !== results[1]!.join()) {
      throw new FuzzFinding('two replicas made different things of the same command');
    }
    const { status, message } = decodeCommandResult(Buffer.from(results[0]![0]!, 'hex'));
    return status === StatusCode.SUCCESS ? undefined : message;
  },
};

function newState(): LogState {
  return new LogState(100, { ...emptyManifest, catalog: new Catalog() });
}

export const storageTargets: readonly FuzzTarget[] = [
  commandTarget,
  decoderTarget({
    name: 'engine/storage-manifest',
    corpus: [encodeManifest(manifest)],
    words: ['root.', '**'],
    refusals: [StorageError],
    decode: (input) => decodeManifest(sealed(input)),
    encode: encodeManifest,
  }),
  decoderTarget({
    name: 'engine/storage-resource',
    corpus: [encodeResource({ blocks: Uint32Array.of(1, 2), devices: [{ device, firstMs: 1, lastMs: 2 }] })],
    refusals: [StorageError],
    decode: (input) => decodeResource(sealed(input), 'a resource'),
    encode: encodeResource,
  }),
  decoderTarget({
    name: 'engine/storage-catalog',
    corpus: [encodeChanges(sampleCatalog().takeChanges())],
    words: [device, 'root.'],
    refusals: [StorageError],
    decode: (input) => {
      const catalog = new Catalog();
      applyChanges(catalog, input, 'a catalog');
      return encodeChanges(catalog.everything());
    },
    encode: (bytes) => bytes,
  }),
];
