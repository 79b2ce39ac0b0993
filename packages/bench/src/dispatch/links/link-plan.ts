// What is to be made, in words of ip(8) and tc(8): a network namespace for each node, joined by a bridge that stands in a namespace
// of its own, and on the outgoing side of each node a token bucket. All devices lie in these namespaces, and are gone with them.

import type { SlowNode } from '../settings.ts';

export interface LinkCommand {
  readonly program: 'ip' | 'tc';
  readonly words: readonly string[];
}

/** Of every node, inside its namespace. */
export const outgoingDevice = 'out';

const bridge = 'bridge';
/** What may leave at once, and how long the rest may wait before it is dropped. */
const bucket = ['burst', '256kb', 'latency', '50ms'];

/** They carry the id of the process that made them; see system/own-name.ts. */
export const namespacePattern: RegExp = /^balsa-dispatch-(\d+)-(?:switch|\d+)$/;

export function namespaceOf(pid: number, node: number): string {
  return `balsa-dispatch-${pid}-${node}`;
}

export function switchOf(pid: number): string {
  return `balsa-dispatch-${pid}-switch`;
}

/** The bridge is in no namespace that anybody else uses, so the same addresses serve every run. */
export function hostOf(node: number): string {
  return `10.77.0.${node}`;
}

/** What a node may send, in 10^6 bit/s. */
export function egressMbitOf(node: number, egressMbit: number, slow: readonly SlowNode[]): number {
  return egressMbit / (slow.find((it) => it.node === node)?.factor ?? 1);
}

/** What a node may send from now on, whatever it might before. */
export function capCommand(pid: number, node: number, egressMbit: number, slow: readonly SlowNode[]): LinkCommand {
  const kilobits = Math.round(1000 * egressMbitOf(node, egressMbit, slow));
  const place = ['-netns', namespaceOf(pid, node), 'qdisc', 'replace', 'dev', outgoingDevice, 'root'];
  return { program: 'tc', words: [...place, 'tbf', 'rate', `${kilobits}kbit`, ...bucket] };
}

/** For nodes with the ids 1 to `nodes`. */
export function linkPlan(pid: number, nodes: number, egressMbit: number, slow: readonly SlowNode[]): LinkCommand[] {
  const ids = Array.from({ length: nodes }, (_, i) => i + 1);
  const ip = (words: string): LinkCommand => ({ program: 'ip', words: words.split(' ') });
  const inSwitch = `-netns ${switchOf(pid)}`;
  return [
    ip(`netns add ${switchOf(pid)}`),
    ip(`${inSwitch} link add ${bridge} type bridge`),
    ip(`${inSwitch} link set ${bridge} up`),
    ...ids.flatMap((id) => {
      const namespace = namespaceOf(pid, id);
      const inside = `-netns ${namespace}`;
      return [
        ip(`netns add ${namespace}`),
        ip(`${inside} link add ${outgoingDevice} type veth peer name node${id} netns ${switchOf(pid)}`),
        ip(`${inside} link set lo up`),
        ip(`${inside} addr add ${hostOf(id)}/24 dev ${outgoingDevice}`),
        ip(`${inside} link set ${outgoingDevice} up`),
        ip(`${inSwitch} link set node${id} master ${bridge} up`),
        capCommand(pid, id, egressMbit, slow),
      ];
    }),
  ];
}
