// What `balsa log --json` prints. What is not known is null.

import type { GroupSummary, LogLine, LogView } from '@balsa/replica';
import { describeEntry, nameOfGroup } from './log-parts.ts';

export function jsonOfOverview(view: LogView, folder: string): object {
  const { identity, incarnation, segments, spareFiles, groups, tornTail, findings, findingsCount } = view;
  return {
    folder,
    node: identity === undefined ? null : { id: identity.nodeId, cluster: identity.cluster, folderId: identity.folder },
    timesOpened: incarnation,
    segments: segments.map(({ name, blocks, firstBlock, lastBlock, usedBytes, fileBytes }) => {
      return { name, blocks, firstBlock: firstBlock ?? null, lastBlock: lastBlock ?? null, usedBytes, fileBytes };
    }),
    spareFiles,
    groups: groups.map(jsonOfGroup),
    tornTail: tornTail === undefined ? null : { file: tornTail.path, offset: tornTail.offset, block: tornTail.block },
    damage: findings.map(({ code, file, offset, what }) => ({ code, file, offset: offset ?? null, what })),
    damageCount: findingsCount,
  };
}

function jsonOfGroup(summary: GroupSummary): object {
  const { group, hardState, base, lastIndex, lastTerm, gaps, records, bytes, snapshot, configuration } = summary;
  return {
    group,
    name: nameOfGroup(group) ?? null,
    term: hardState?.term ?? null,
    votedFor: hardState?.votedFor ?? null,
    hasLostEntries: hardState === undefined ? null : hardState.incident !== 0,
    hasLeft: summary.hasLeft,
    firstIndex: lastIndex > base.index ? base.index + 1 : null,
    lastIndex,
    lastTerm,
    missing: gaps,
    records,
    bytes,
    snapshot: snapshot === undefined ? null : { index: snapshot.index, term: snapshot.term, bytes: snapshot.bytes },
    configuration: configuration === undefined ? null : { index: summary.configurationIndex, ...configuration },
  };
}

export function jsonOfLine(group: number, line: LogLine): object {
  const { kind, term, bytes, segment, offset, superseded } = line;
  const place = { bytes, segment, offset, superseded };
  if (line.kind === 'reset') return { kind, behind: line.base, ...place };
  const { firstIndex, lastIndex, prevTerm, configuration, entries } = line;
  return {
    kind,
    firstIndex,
    lastIndex,
    term,
    prevTerm,
    ...place,
    ...(configuration === undefined ? {} : { configuration }),
    ...(line.kind === 'commands' && {
      commands: entries.map((entry) => {
        const { index, session, sequence, bytes: payloadBytes } = entry;
        return { index, session, sequence, bytes: payloadBytes, does: describeEntry(group, entry)?.text ?? null };
      }),
    }),
  };
}
