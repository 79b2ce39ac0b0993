// One node: its files, its groups, and the faces that it shows to nodes, clients and HTTP.

import { join } from 'node:path';
import { type Host, realClock } from '@balsa/replica';
import { mustParseAddress } from './address.ts';
import { assemble } from './assemble.ts';
import { ClientListener } from './client-face/client-listener.ts';
import { CloseStack } from './close-stack.ts';
import { DataStateMachine, type NodeConfig } from './config/node-config.ts';
import { codeOf, Failures } from './failures.ts';
import { listenHttp } from './http/http-face.ts';
import { type Log, silentLog } from './log.ts';
import { openHost } from './open-host.ts';
import { ReportFile } from './report/report-file.ts';
import { ReportWriter } from './report/report-writer.ts';
import { describeFault } from './service/status-of-error.ts';
import { checkStore } from './store/check-store.ts';
import { openStore } from './store/open-store.ts';
import { version } from './version.ts';

export interface BalsaNodeOptions {
  /** Default: no log. */
  readonly log?: Log;
}

/**
 * @example
 * const node = await BalsaNode.start(loadConfig({ file: 'node.yaml' }));
 * await node.stop();
 */
export class BalsaNode {
  /** Resolves with the error if the node cannot go on: stop it then. */
  readonly failed: Promise<Error>;
  readonly #host: Host;
  readonly #reports: ReportWriter;
  readonly #open: CloseStack;
  readonly #log: Log;
  #stopping: Promise<void> | undefined;

  private constructor(failed: Promise<Error>, host: Host, reports: ReportWriter, open: CloseStack, log: Log) {
    this.failed = failed;
    this.#host = host;
    this.#reports = reports;
    this.#open = open;
    this.#log = log;
  }

  /**
   * Opens the data folder, recovers the log, and listens. If anything fails, what was opened is closed again.
   * @throws ReplicaError for the data folder, the log and the peer port; StorageError for the files of series; ServerError ADDRESS_IN_USE, ADDRESS_UNUSABLE.
   */
  static async start(config: NodeConfig, options: BalsaNodeOptions = {}): Promise<BalsaNode> {
    const { nodeId, listen, durability, dataStateMachine } = config;
    const counts = dataStateMachine === DataStateMachine.count;
    const log = options.log ?? silentLog;
    const open = new CloseStack();
    const failures = new Failures(log);
    try {
      const opened = await openHost(config, log, failures.hostEvents);
      open.push(() => opened.close());
      const store = counts ? undefined : await openStore(config, realClock, log);
      // The host may apply commands until it has stopped.
      open.push(async () => {
        await opened.host.stop();
        await store?.close();
      });
      if (store !== undefined) await checkStore(config, opened.host, store, log);
      const { clients, http, state, queries, expiry } = assemble(config, opened, store, failures, log);
      open.push(async () => state.stop());
      open.push(async () => queries.close());
      open.push(async () => expiry?.stop());
      const reports = new ReportWriter(config.report, {
        file: new ReportFile(join(config.dataFolder, 'reports'), config.report.bytesMax),
        report: (reason) => state.report(reason),
        clock: realClock,
        log,
      });
      open.push(() => reports.close());
      await opened.host.connect();
      const listener = await ClientListener.start(mustParseAddress(listen.client), clients);
      open.push(() => listener.close());
      open.push(async () => http.close());
      await listenHttp(http, mustParseAddress(listen.http));
      const settings = { version, ...listen, durability: durability.mode, dataStateMachine };
      log('info', 'NODE_STARTED', `node ${nodeId} is up`, settings);
      return new BalsaNode(failures.fatal, opened.host, reports, open, log);
    } catch (error) {
      await open.closeAll().catch((failure: unknown) => log('error', codeOf(failure), describeFault(failure)));
      throw error;
    }
  }

  /** Answers what is under way with a coded refusal, and closes every socket and file. */
  stop(): Promise<void> {
    this.#stopping ??= this.#closeAll();
    return this.#stopping;
  }

  async #closeAll(): Promise<void> {
    // It is made before leadership is handed over, so it shows who was fed by whom; a disk that is stuck holds nobody up.
    const reported = this.#reports.end();
    try {
      // First the groups: whoever waits for them must hear so while there is still a connection.
      await this.#host.stop();
    } finally {
      await reported;
      await this.#open.closeAll();
      this.#log('info', 'NODE_STOPPED', 'the node has stopped');
    }
  }
}
