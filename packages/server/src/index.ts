export { type Address, formatAddress, parseAddress } from './address.ts';
export { defaultConfigText } from './config/default-text.ts';
export { DurabilityMode } from './config/durability.ts';
export { type ConfigSources, loadConfig } from './config/load.ts';
export * from './config/node-config.ts';
export { type Setting, settings } from './config/setting.ts';
export { ServerError, type ServerErrorCode } from './errors.ts';
