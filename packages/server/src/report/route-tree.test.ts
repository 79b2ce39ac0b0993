import { expect, test } from 'vitest';
import { type RouteNode, routeTree } from './route-tree.ts';

const fed = (id: number, relay?: number) => ({ id, relay, takesFragments: false });

/** `2(3 4)`: node 2, which feeds 3 and 4. */
function textOf(routes: readonly RouteNode[]): string {
  return routes
    .map(({ node, receivers }) => `${node}${receivers.length > 0 ? `(${textOf(receivers)})` : ''}`)
    .join(' ');
}

test.each([
  ['nobody', [], ''],
  ['all fed by the leader', [fed(2), fed(3)], '2 3'],
  ['one relay', [fed(2, 3), fed(3), fed(4, 3)], '3(2 4)'],
  ['a chain', [fed(2, 4), fed(3, 2), fed(4)], '4(2(3))'],
  ['a relay that has left', [fed(2, 9), fed(3)], '2 3'],
  ['two that name each other', [fed(2, 3), fed(3, 2), fed(4, 2)], '2(3 4)'],
  ['one that names itself', [fed(2, 2), fed(3)], '3 2'],
])('%s', (_, followers, expected) => {
  expect(textOf(routeTree(followers, () => undefined))).toBe(expected);
});

test('says who takes fragments', () => {
  expect(routeTree([{ id: 2, relay: undefined, takesFragments: true }], () => undefined)).toEqual([
    { node: 2, takesFragments: true, receivers: [] },
  ]);
});

test('says where nodes stand', () => {
  const zones = new Map([[3, 'b']]);
  expect(routeTree([fed(2), fed(3, 2)], (node) => zones.get(node))).toEqual([
    { node: 2, takesFragments: false, receivers: [{ node: 3, zone: 'b', takesFragments: false, receivers: [] }] },
  ]);
});
