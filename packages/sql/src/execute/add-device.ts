import type { Rows } from './rows.ts';

/** With the device before the other columns. */
export async function* addDevice(
  blocks: AsyncGenerator<Rows, void, undefined>,
  device: string,
): AsyncGenerator<Rows, void, undefined> {
  for await (const { times, columns } of blocks) {
    const values = new Array<string>(times.length).fill(device);
    yield { times, columns: [{ values }, ...columns] };
  }
}
