// What a transport has to tell a person, as coded lines. Strangers can cause any number of them, so each code is
// limited to a few lines a second; how many were left out is said in the next one.

import type { WireErrorCode } from '@balsa/wire';
import type { ReplicaErrorCode } from '../errors.ts';

export type TransportLogCode =
  | WireErrorCode
  | ReplicaErrorCode
  | 'LISTENING'
  | 'PEER_UP'
  | 'PEER_DOWN'
  | 'PEER_UNREACHABLE'
  | 'PEER_REFUSED_US'
  | 'PEER_CLUSTER_MISMATCH'
  | 'PEER_ID_UNKNOWN'
  | 'PEER_ID_OURS'
  | 'PEER_ID_TAKEN'
  | 'PEER_ADDRESS_WRONG'
  | 'PEER_VERSION_MISMATCH'
  | 'PEER_FOLDER_CHANGED'
  | 'STRANGERS_TOO_MANY';

export type CodedLog<Code extends string> = (
  level: 'debug' | 'info' | 'warn' | 'error',
  code: Code,
  message: string,
  fields: Readonly<Record<string, string | number>>,
) => void;

export type TransportLog = CodedLog<TransportLogCode>;

const periodMs = 1000;
const linesPerPeriodMax = 5;

interface Period {
  startMs: number;
  lines: number;
  leftOut: number;
}

/** Passes on up to five lines a second for each code. */
export function limitLog<Code extends string>(log: CodedLog<Code>, nowMs: () => number): CodedLog<Code> {
  const periods = new Map<Code, Period>();
  return (level, code, message, fields) => {
    const now = nowMs();
    let period = periods.get(code);
    if (period === undefined || now - period.startMs >= periodMs) {
      const leftOut = period?.leftOut ?? 0;
      period = { startMs: now, lines: 0, leftOut: 0 };
      periods.set(code, period);
      if (leftOut > 0) fields = { ...fields, leftOut };
    }
    period.lines++;
    if (period.lines > linesPerPeriodMax) period.leftOut++;
    else log(level, code, message, fields);
  };
}
