import { nameText } from '../text/names.ts';
import type { Path } from '../tree/path.ts';

/** With `*` in the place of the nodes that do not count: GROUP BY LEVEL = 1 makes root.ln.*.*.status of root.ln.wf01.wt01.status. */
export function pathByLevels({ nodes }: Path, levels: readonly number[]): string {
  const kept = nodes.map((node, index) => {
    const counts = levels.includes(index + 1) || index === nodes.length - 1;
    return counts && node.kind === 'name' ? nameText(node.name) : '*';
  });
  return ['root', ...kept].join('.');
}
