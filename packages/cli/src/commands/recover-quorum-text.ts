// What `balsa recover-quorum` says. It is read by somebody who has lost nodes, and in a hurry: facts first, then what it costs.

import type { ForcedRecovery, StoppedNode, StoredGroup } from '@balsa/replica';
import { formatCount } from '../terminal/format.ts';
import type { Style } from '../terminal/style.ts';
import { type Column, renderTable } from '../terminal/table.ts';

export const CONFIRMING_WORD = 'recover';

const GROUP_COLUMNS: readonly Column[] = [
  { title: 'group', align: 'right' },
  { title: 'term', align: 'right' },
  { title: 'last term', align: 'right' },
  { title: 'last index', align: 'right' },
  { title: 'applied at least', align: 'right' },
  { title: 'voters', align: 'left' },
  { title: 'learners', align: 'left' },
];

export type FolderView = Pick<StoppedNode, 'nodeId' | 'cluster' | 'record' | 'groups'>;

/** What lies there. */
export function renderFolder(node: FolderView, folder: string, style: Style): string[] {
  const groups = node.groups();
  const [titles = '', ...rows] = renderTable(GROUP_COLUMNS, groups.map(rowOf));
  const { recoveries, damage } = node.record;
  return [
    `${folder}: ${style.strong(`node ${node.nodeId}`)} of cluster "${node.cluster}"`,
    '',
    ...(groups.length === 0 ? ['It holds no group.'] : [style.faint(titles), ...rows]),
    ...groups
      .filter(({ lostEntries }) => lostEntries)
      .map(({ group }) => style.bad(`group ${group}: this disk has lost entries; rather use another survivor`)),
    ...recoveries.map((it) => `group ${it.group} was forced to go on before, at ${it.at}, with ${listOf(it.members)}`),
    ...(damage === undefined ? [] : [style.bad(`${damage.code}: ${damage.message}`)]),
  ];
}

function rowOf({ group, term, lastTerm, lastIndex, appliedIndexMin, configuration }: StoredGroup): string[] {
  const [voters, learners] =
    configuration === undefined
      ? ['as in the settings of the node', '']
      : [votersOf(configuration.voters, configuration.outgoing), configuration.learners.join(', ')];
  return [`${group}`, ...[term, lastTerm, lastIndex, appliedIndexMin].map(formatCount), voters, learners];
}

function votersOf(voters: readonly number[], outgoing: readonly number[]): string {
  return outgoing.length === 0 ? voters.join(', ') : `${voters.join(', ')} (on the way from ${outgoing.join(', ')})`;
}

/** What to do with it. */
export function renderHint(style: Style): string[] {
  return [
    '',
    'Nothing was changed. If a majority of the voters is lost for good:',
    '  1. Stop every node that is left, and look at the folder of each with this command.',
    '  2. Choose the one with the highest last term and, among equals, the highest last index.',
    `  3. Run it there, and ${style.strong('only there')}, with --members and all that are left. See docs/recovery.md.`,
  ];
}

/** What is about to be done, and what it may cost. */
export function renderWarning(plan: readonly StoredGroup[], members: readonly number[], style: Style): string[] {
  const lines = plan.map(({ group, configuration, lastIndex }) => {
    const from =
      configuration === undefined ? '' : ` in place of ${votersOf(configuration.voters, configuration.outgoing)}`;
    const kept = `all up to entry ${formatCount(lastIndex)} of this node's log counts as committed`;
    return `  group ${group}: ${listOf(members)} will be its only voters${from}; ${kept}`;
  });
  return [
    '',
    style.bad('WARNING: this gives up what keeps the data in one piece.'),
    ...lines,
    '',
    '  - What was acknowledged and only the lost nodes held is lost, and nothing will say what that was.',
    '  - What this node holds and was never acknowledged will be there.',
    '  - If the other nodes are not lost for good, they go on as another group: two histories, which',
    '    nothing will ever join. Make sure that they cannot start: they come back with empty folders only.',
    '  - Exactly one set of survivors may be recovered, on exactly one of them. A second recovery',
    '    elsewhere, with other members, makes two groups as well.',
    '  - If another survivor has a newer log (last term, then last index), what only that one holds is lost.',
    '',
  ];
}

/** What was done, and what comes next. */
export function renderDone(recoveries: readonly ForcedRecovery[], nodeId: number, style: Style): string[] {
  const others = (recoveries[0]?.members ?? []).filter((member) => member !== nodeId);
  return [
    ...recoveries.map(({ group, members, index, term }) => {
      return style.good(
        `group ${group}: ${listOf(members)} from entry ${formatCount(index)} of term ${formatCount(term)} on`,
      );
    }),
    '',
    'Next:',
    others.length === 0
      ? '  1. Start this node: it leads at once.'
      : `  1. Start this node and ${listOf(others)}, as they are: they join by themselves.`,
    '  2. Check with `balsa status` that all groups have a leader; then see what is missing.',
    '  3. Let the lost nodes come back with empty folders only, and make the group larger again.',
  ];
}

function listOf(nodes: readonly number[]): string {
  return nodes.length === 1 ? `node ${nodes[0]}` : `nodes ${nodes.slice(0, -1).join(', ')} and ${nodes.at(-1)}`;
}
