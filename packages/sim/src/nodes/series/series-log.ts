// What the applied commands of the data group mean for the series beside the registers: a naive map of points, at any index.

import { type Command, type Content, decodeCommand, naiveContent } from '@balsa/engine/testing';
import type { Index } from '@balsa/raft';

/** The devices of these series. */
export const fleet = 'root.fleet';

/** The device and the measurement that a path of `Content` names. */
export function placeOf(path: string): readonly [device: string, measurement: string] {
  const at = path.lastIndexOf('.');
  return [path.slice(0, at), path.slice(at + 1)];
}

export class SeriesLog {
  readonly #commands: { readonly index: Index; readonly command: Command }[] = [];
  /** What was asked for last, and with how many commands: reads come close behind each other. */
  #known: { readonly version: number; readonly content: Content } = { version: 0, content: new Map() };

  /** The group is forced to go on; of what was written, it has kept this. */
  forcedOn(lastIndex: Index): SeriesLog {
    const next = new SeriesLog();
    next.#commands.push(...this.#commands.filter(({ index }) => index <= lastIndex));
    return next;
  }

  /** Rows written so far. */
  get rows(): number {
    return this.#commands.reduce(
      (sum, { command }) => sum + (command.kind === 'insert' ? command.tablet.timestamps.length : 0),
      0,
    );
  }

  /** The next command of the log. False: it is about registers. */
  apply(index: Index, bytes: Buffer): boolean {
    const command = decodeCommand(bytes);
    if (command.kind === 'insert' && !command.tablet.device.startsWith(fleet)) return false;
    this.#commands.push({ index, command });
    return true;
  }

  /** How many commands there were up to this index. Between two of them nothing changes. */
  versionAt(index: Index): number {
    return this.#commands.findLastIndex((it) => it.index <= index) + 1;
  }

  contentOf(version: number): Content {
    if (this.#known.version !== version) {
      const commands = this.#commands.slice(0, version).map(({ command }) => command);
      this.#known = { version, content: naiveContent(commands) };
    }
    return this.#known.content;
  }
}
