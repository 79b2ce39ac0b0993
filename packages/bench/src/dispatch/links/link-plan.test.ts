import { expect, test } from 'vitest';
import { egressMbitOf, linkPlan, namespacePattern } from './link-plan.ts';

const plan = linkPlan(77, 3, 100, [{ node: 2, factor: 8 }]).map(({ program, words }) => [program, ...words].join(' '));

test('each node has a namespace, a link to the bridge in a namespace of its own, and an address', () => {
  for (const node of [1, 2, 3]) {
    expect(plan).toContain(`ip netns add balsa-dispatch-77-${node}`);
    expect(plan).toContain(
      `ip -netns balsa-dispatch-77-${node} link add out type veth peer name node${node} netns balsa-dispatch-77-switch`,
    );
    expect(plan).toContain(`ip -netns balsa-dispatch-77-${node} addr add 10.77.0.${node}/24 dev out`);
    expect(plan).toContain(`ip -netns balsa-dispatch-77-switch link set node${node} master bridge up`);
  }
});

test('nothing is made outside of these namespaces, and nothing in one before it is there', () => {
  const made = new Set<string>();
  for (const command of plan) {
    const added = /^ip netns add (\S+)$/.exec(command)?.[1];
    if (added !== undefined) {
      expect(added).toMatch(namespacePattern);
      made.add(added);
      continue;
    }
    for (const name of command.match(/balsa-dispatch-\S+/g)!) expect(made).toContain(name);
    expect(command).toMatch(/^(?:ip|tc) -netns /);
  }
});

test('what a node sends is capped, of a slow node further', () => {
  const bucket = 'burst 256kb latency 50ms';
  expect(plan).toContain(`tc -netns balsa-dispatch-77-1 qdisc replace dev out root tbf rate 100000kbit ${bucket}`);
  expect(plan).toContain(`tc -netns balsa-dispatch-77-2 qdisc replace dev out root tbf rate 12500kbit ${bucket}`);
  expect(egressMbitOf(2, 100, [])).toBe(100);
});
