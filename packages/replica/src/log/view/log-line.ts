// What a record of a group says, for people.

import { type Batch, BatchKind, type Configuration, type Index, lastIndexOf, type Term } from '@balsa/raft';
import {
  decodePayloadHeader,
  hasPayloadHeader,
  type PayloadKind,
  payloadHeaderBytes,
  payloadKindOf,
} from '../../host/payload.ts';
import type { LogPosition } from '../../ports.ts';
import { forEachEntry, isReset, type LogRecord } from '../../record.ts';

interface AnyLine {
  readonly term: Term;
  readonly bytes: number;
  /** Name of the file. */
  readonly segment: string;
  readonly offset: number;
  /** By records that were written later: all of it, or its last entries. */
  readonly superseded: 'no' | 'partly' | 'wholly';
}

export interface LoggedBatch extends AnyLine {
  readonly kind: 'noop' | 'commands' | 'configuration';
  readonly firstIndex: Index;
  readonly lastIndex: Index;
  /** Term of the entry before the first. */
  readonly prevTerm: Term;
  /** Of a configuration. */
  readonly configuration: Configuration | undefined;
  /** Of commands. Views of memory that is valid until the next line is asked for. */
  readonly entries: readonly LoggedEntry[];
}

/** The log of the group goes on behind an entry, and nothing before counts. */
export interface LoggedReset extends AnyLine {
  readonly kind: 'reset';
  /** Behind entry 0: the node has left the group. */
  readonly base: LogPosition;
}

export type LogLine = LoggedBatch | LoggedReset;

export interface LoggedEntry {
  readonly index: Index;
  /** `unknown`: it is no payload of this version. */
  readonly kind: PayloadKind;
  /** 0: of no session. */
  readonly session: number;
  readonly sequence: number;
  /** Of "end silent sessions": those end whose last activity lies below it. */
  readonly acknowledgedBelow: number;
  /** Of the whole payload. */
  readonly bytes: number;
  readonly command: Buffer;
}

/** `supersededFrom`: entries from there on, those of this record among them; `undefined`: none are. */
export function lineOf(
  record: LogRecord,
  place: { readonly segment: string; readonly offset: number },
  supersededFrom: Index = Number.POSITIVE_INFINITY,
): LogLine {
  const bytes = record.bytes.length;
  if (isReset(record)) {
    const superseded = supersededFrom <= record.base.index ? 'wholly' : 'no';
    return { kind: 'reset', base: record.base, term: record.base.term, bytes, superseded, ...place };
  }
  const { firstIndex, term, prevTerm, configuration } = record;
  const kind = kindOf(record);
  const entries = kind === 'commands' ? entriesOf(record) : [];
  const lastIndex = lastIndexOf(record);
  const superseded = supersededFrom > lastIndex ? 'no' : supersededFrom > firstIndex ? 'partly' : 'wholly';
  return { kind, firstIndex, lastIndex, term, prevTerm, configuration, entries, bytes, superseded, ...place };
}

function kindOf({ kind }: Batch): LoggedBatch['kind'] {
  if (kind === BatchKind.configuration) return 'configuration';
  return kind === BatchKind.noop ? 'noop' : 'commands';
}

function entriesOf(batch: Batch): LoggedEntry[] {
  const entries: LoggedEntry[] = [];
  forEachEntry(batch, (index, payload) => entries.push(entryOf(index, payload)));
  return entries;
}

function entryOf(index: Index, payload: Buffer): LoggedEntry {
  const bytes = payload.length;
  if (!hasPayloadHeader(payload)) {
    return { index, kind: 'unknown', session: 0, sequence: 0, acknowledgedBelow: 0, bytes, command: payload };
  }
  const header = decodePayloadHeader(payload);
  return { index, kind: payloadKindOf(header), ...header, bytes, command: payload.subarray(payloadHeaderBytes) };
}
