export { type Address, formatAddress, parseAddress } from './address.ts';
export { hashPassword } from './auth/password-hash.ts';
export {
  LocalCluster,
  type LocalClusterOptions,
  type LocalClusterSettings,
  type LocalNode,
} from './cluster/local-cluster.ts';
export type { LocalNetwork } from './cluster/local-network.ts';
export type { Readiness } from './cluster/node-process.ts';
export { defaultConfigText } from './config/default-text.ts';
export { DurabilityMode } from './config/durability.ts';
export { type ConfigSources, loadConfig } from './config/load.ts';
export * from './config/node-config.ts';
export { type Setting, settings } from './config/setting.ts';
export { type CommandDescription, describeCommand } from './describe-command.ts';
export { ServerError, type ServerErrorCode } from './errors.ts';
export { GroupIds } from './group-ids.ts';
export { createLog, type Log, silentLog } from './log.ts';
export { BalsaNode, type BalsaNodeOptions } from './node.ts';
export { keepHeapHeadroom } from './process/heap-headroom.ts';
export { ExitCode, runNode } from './process/run-node.ts';
export * from './report/node-report.ts';
export type { RouteNode } from './report/route-tree.ts';
