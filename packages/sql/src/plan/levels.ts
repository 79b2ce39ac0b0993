import { nameText, pathText } from '../text/names.ts';
import type { Path } from '../tree/path.ts';

/** With `*` in the place of the nodes that do not count: GROUP BY LEVEL = 1 makes root.ln.*.*.status of root.ln.wf01.wt01.status. */
export function pathByLevels(path: Path, levels: readonly number[]): string {
  const { nodes } = path;
  // The `keep` of count_if is no series.
  if (!path.isAbsolute) return pathText(path);
  const kept = nodes.map((node, index) => {
    const counts = levels.includes(index + 1) || index === nodes.length - 1;
    return counts && node.kind === 'name' ? nameText(node.name) : '*';
  });
  return ['root', ...kept].join('.');
}
