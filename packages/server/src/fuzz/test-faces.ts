// The faces of a whole node, without the sockets: what they are asked runs through its groups, log and store.

import { setImmediate } from 'node:timers/promises';
import { realClock } from '@balsa/replica';
import { FuzzFinding } from '@balsa/wire/fuzz';
import { assemble, type Faces } from '../assemble.ts';
import { CloseStack } from '../close-stack.ts';
import { Failures } from '../failures.ts';
import type { Log } from '../log.ts';
import { openHost } from '../open-host.ts';
import { openStore } from '../store/open-store.ts';
import { temporaryFolder, testConfig } from '../testing/test-node.ts';

const settleMsMax = 15_000;

interface LogLine {
  readonly level: string;
  readonly text: string;
}

export class TestFaces {
  readonly faces: Omit<Faces, 'state'>;
  readonly #open: CloseStack;
  readonly #lines: LogLine[];

  private constructor(faces: Omit<Faces, 'state'>, open: CloseStack, lines: LogLine[]) {
    this.faces = faces;
    this.#open = open;
    this.#lines = lines;
  }

  /** Of a node that is alone and leads its groups. */
  static async start(): Promise<TestFaces> {
    const open = new CloseStack();
    const folder = temporaryFolder();
    open.push(async () => folder.remove());
    const config = await testConfig(folder.path, {
      'durability-mode': 'memory',
      'limits-series-max': '1000',
    });
    const lines: LogLine[] = [];
    const log: Log = (level, code, message) => lines.push({ level, text: `${code}: ${message}` });
    const failures = new Failures(log);
    const opened = await openHost(config, log, failures.hostEvents);
    const store = await openStore(config, realClock, log);
    const { state, ...faces } = assemble(config, opened, store, failures, log);
    // A node leaves out lines where there are too many.
    const clients = { ...faces.clients, log };
    open.push(() => opened.close());
    open.push(async () => {
      await opened.host.stop();
      await store.close();
    });
    open.push(async () => state.stop());
    open.push(async () => faces.expiry?.stop());
    await opened.host.connect();
    while (clients.service.health() !== 'ready') await setImmediate();
    return new TestFaces({ ...faces, clients }, open, lines);
  }

  /** The first warning of the node's since this was last asked. Throws if it has logged a fault of its own. */
  takeWarning(): string | undefined {
    const lines = this.#lines.splice(0);
    const fault = lines.find(({ level }) => level === 'error');
    if (fault !== undefined) throw new FuzzFinding(`the node logs ${fault.text}`);
    return lines.find(({ level }) => level === 'warn')?.text;
  }

  /** Resolves when nothing of what clients have asked is under way. */
  async settled(): Promise<void> {
    const { budget } = this.faces.clients;
    const endMs = performance.now() + settleMsMax;
    while (budget.bytes !== 0) {
      if (performance.now() > endMs) throw new FuzzFinding(`${budget.bytes} bytes of requests were never answered`);
      await setImmediate();
    }
  }

  close(): Promise<void> {
    return this.#open.closeAll();
  }
}
