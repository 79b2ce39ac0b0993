// The node's log: one JSON object per line, with a code that docs/errors.md and operators can search for.

import { pino } from 'pino';
import type { LogLevel } from './config/node-config.ts';

export type LogFields = Readonly<Record<string, string | number | undefined>>;

export type Log = (
  level: 'debug' | 'info' | 'warn' | 'error',
  code: string,
  message: string,
  fields?: LogFields,
) => void;

export const silentLog: Log = () => {};

/** Writes to standard output, at once: the last line before an exit is the one that matters. */
export function createLog(level: LogLevel, nodeId: number): Log {
  const logger = pino(
    {
      level,
      base: { nodeId },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    pino.destination({ fd: 1, sync: true }),
  );
  return (severity, code, message, fields) => logger[severity]({ code, ...fields }, message);
}
