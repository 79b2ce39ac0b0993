// What `balsa log` says of a folder as a whole.

import type { GroupSummary, LogView, SegmentSummary } from '@balsa/replica';
import { formatBytes, formatCount, formatPlural } from '../terminal/format.ts';
import type { Style } from '../terminal/style.ts';
import type { Column } from '../terminal/table.ts';
import { shownText } from '../terminal/text-width.ts';
import { nameOfGroup } from './log-parts.ts';
import { faintTable } from './report-parts.ts';

const NOTHING = '-';
const FINDINGS_SHOWN = 20;

const SEGMENT_COLUMNS: readonly Column[] = [
  { title: 'segment', align: 'left' },
  { title: 'blocks', align: 'right' },
  { title: 'first', align: 'right' },
  { title: 'last', align: 'right' },
  { title: 'used', align: 'right' },
  { title: 'file', align: 'right' },
];

const GROUP_COLUMNS: readonly Column[] = [
  { title: 'group', align: 'left' },
  { title: 'term', align: 'right' },
  { title: 'vote', align: 'right' },
  { title: 'first', align: 'right' },
  { title: 'last', align: 'right' },
  { title: 'last term', align: 'right' },
  { title: 'bytes', align: 'right' },
  { title: 'snapshot', align: 'left' },
  { title: 'voters', align: 'left' },
  { title: 'learners', align: 'left' },
];

export type OverviewParts = Omit<LogView, 'lines' | 'close'>;

export function renderOverview(view: OverviewParts, folder: string, style: Style): string[] {
  const { segments, groups, spareFiles } = view;
  return [
    `${shownText(folder)}: ${renderOwner(view, style)}`,
    '',
    ...(segments.length === 0
      ? ['There is no log yet.']
      : faintTable(SEGMENT_COLUMNS, segments.map(segmentRow), style)),
    ...(spareFiles === 0 ? [] : [style.faint(`${formatPlural(spareFiles, 'file')} more, for segments to come`)]),
    '',
    ...(groups.length === 0 ? ['It holds no group.'] : faintTable(GROUP_COLUMNS, groups.map(groupRow), style)),
    ...groups.flatMap((group) => notesOn(group, style)),
    '',
    ...renderTornTail(view),
    ...(view.findingsCount === 0 ? [style.good('Nothing is damaged.')] : renderDamage(view, style)),
  ];
}

export function renderOwner({ identity, incarnation }: OverviewParts, style: Style): string {
  if (identity === undefined) return style.bad('whose folder it is, is damaged');
  const { nodeId, cluster, folder } = identity;
  const opened =
    incarnation === 0 ? '' : `, opened ${incarnation === 1 ? 'once' : `${formatCount(incarnation)} times`}`;
  return `${style.strong(`node ${nodeId}`)} of cluster "${shownText(cluster)}", folder ${folder}${opened}`;
}

/** Nothing if nothing is. */
export function renderDamage({ findings, findingsCount }: OverviewParts, style: Style): string[] {
  if (findingsCount === 0) return [];
  const shown = findings.slice(0, FINDINGS_SHOWN).map(({ file, offset, what }) => {
    return `  ${file}${offset === undefined ? '' : `, offset ${offset}`}: ${what}`;
  });
  const left = findingsCount - shown.length;
  return [
    style.bad('Damage, in the order in which it was met:'),
    ...shown,
    ...(left === 0 ? [] : [`  and ${formatCount(left)} more`]),
    'See docs/errors.md for what to do, and make a copy of the folder first.',
  ];
}

function renderTornTail({ tornTail }: OverviewParts): string[] {
  if (tornTail === undefined) return [];
  const { block, path, offset } = tornTail;
  return [
    `Block ${formatCount(block)}, the last, was being written when the node died (${path}, offset ${offset}).`,
    'Nothing in it was acknowledged as durable; the next start cuts it.',
    '',
  ];
}

function segmentRow({ name, blocks, firstBlock, lastBlock, usedBytes, fileBytes }: SegmentSummary): string[] {
  const size = formatBytes(fileBytes);
  if (firstBlock === undefined || lastBlock === undefined) return [name, '0', NOTHING, NOTHING, NOTHING, size];
  return [name, ...[blocks, firstBlock, lastBlock].map(formatCount), formatBytes(usedBytes), size];
}

function groupRow({
  group,
  hardState,
  base,
  lastIndex,
  lastTerm,
  bytes,
  snapshot,
  configuration,
}: GroupSummary): string[] {
  const name = nameOfGroup(group);
  return [
    name === undefined ? `${group}` : `${group} ${name}`,
    hardState === undefined ? NOTHING : formatCount(hardState.term),
    `${hardState?.votedFor ?? NOTHING}`,
    lastIndex > base.index ? formatCount(base.index + 1) : NOTHING,
    formatCount(lastIndex),
    formatCount(lastTerm),
    formatBytes(bytes),
    snapshot === undefined
      ? NOTHING
      : `${formatCount(snapshot.index)}, term ${formatCount(snapshot.term)}, ${formatBytes(snapshot.bytes)}`,
    configuration === undefined ? 'as in the settings' : votersOf(configuration),
    configuration?.learners.join(', ') ?? '',
  ];
}

export function votersOf({ voters, outgoing }: NonNullable<GroupSummary['configuration']>): string {
  return outgoing.length === 0 ? voters.join(', ') : `${voters.join(', ')} (on the way from ${outgoing.join(', ')})`;
}

/** What somebody should know who relies on the numbers. */
function notesOn({ group, hardState, gaps, hasLeft }: GroupSummary, style: Style): string[] {
  const missing = gaps.map(({ from, to }) => (from === to ? `${from}` : `${from} to ${to}`)).slice(0, FINDINGS_SHOWN);
  return [
    ...(hasLeft ? [style.faint(`group ${group}: the node has left it`)] : []),
    ...(missing.length === 0 ? [] : [style.bad(`group ${group}: entries ${missing.join(', ')} cannot be read`)]),
    ...((hardState?.incident ?? 0) === 0
      ? []
      : [style.bad(`group ${group}: this disk has lost entries, and the others have not made up for it yet`)]),
  ];
}
