// Says of most series that are not in a file that they are not, without reading the index.
//
//   uvarint  bytes of the bits, 0 if there is no filter; trailing zeros are left out
//   bits, the lowest of each byte first
//   uvarint  size in bits
//   uvarint  number of hashes

import type { ByteReader } from '../bytes/byte-reader.ts';
import type { ByteWriter } from '../bytes/byte-writer.ts';
import { type DeviceId, pathOfDevice } from './device-id.ts';
import { murmurHash } from './murmur-hash.ts';

const seeds = [5, 7, 11, 19, 31, 37, 43, 59];
const bitsMin = 256;
const errorRate = 0.05;
/** What `errorRate` asks for. */
const hashesDefault = Math.floor(-Math.log(errorRate) / Math.LN2) + 1;

export class BloomFilter {
  readonly #bits: Uint8Array;
  readonly sizeBits: number;
  readonly hashes: number;

  private constructor(bits: Uint8Array, sizeBits: number, hashes: number) {
    this.#bits = bits;
    this.sizeBits = sizeBits;
    this.hashes = hashes;
  }

  /** Empty, to be told `series` series; one in 20 of all others will be taken for one of them. */
  static forSeries(series: number): BloomFilter {
    const sizeBits = Math.max(bitsMin, Math.floor((-series * Math.log(errorRate)) / Math.LN2 / Math.LN2) + 1);
    return new BloomFilter(new Uint8Array((sizeBits + 7) >> 3), sizeBits, hashesDefault);
  }

  static read(source: ByteReader): BloomFilter | undefined {
    const bytes = source.uvarint();
    if (bytes === 0) return undefined;
    const bits = Uint8Array.from(source.raw(bytes));
    const sizeBits = source.uvarint();
    const hashes = source.uvarint();
    if (sizeBits === 0 || hashes === 0 || bytes > (sizeBits + 7) >> 3) throw source.damaged('the bloom filter is none');
    return new BloomFilter(bits, sizeBits, Math.min(hashes, seeds.length));
  }

  write(out: ByteWriter): void {
    const last = this.#bits.findLastIndex((byte) => byte !== 0);
    out.uvarint(last + 1);
    if (last < 0) return;
    out.raw(this.#bits.subarray(0, last + 1));
    out.uvarint(this.sizeBits);
    out.uvarint(this.hashes);
  }

  add(device: DeviceId, measurement: string): void {
    for (const bit of this.#places(device, measurement)) this.#bits[bit >> 3]! |= 1 << (bit & 7);
  }

  /** `false`: certainly not. */
  mayHave(device: DeviceId, measurement: string): boolean {
    return this.#places(device, measurement).every((bit) => ((this.#bits[bit >> 3] ?? 0) & (1 << (bit & 7))) !== 0);
  }

  #places(device: DeviceId, measurement: string): number[] {
    const key = Buffer.from(`${pathOfDevice(device)}.${measurement}`);
    // Java's absolute value of the smallest integer is that integer; TsFile takes 0 for it.
    return seeds.slice(0, this.hashes).map((seed) => {
      const hash = murmurHash(key, seed);
      return hash === -0x8000_0000 ? 0 : Math.abs(hash) % this.sizeBits;
    });
  }
}
