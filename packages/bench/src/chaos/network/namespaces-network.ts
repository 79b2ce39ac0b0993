// A network namespace for each node, joined by a bridge that stands in the namespace of this process, where the clients
// are. Packets are really lost: who must not reach a neighbour is given a hardware address for it that nobody has. The
// sender notices nothing, as with a broken switch. (Packet filters would do as well, but not every kernel has them;
// netem is often missing too, so there are no delays here.)

import { readdirSync } from 'node:fs';
import { leftBehind } from '../../system/own-name.ts';
import { runProgram, tryProgram } from '../../system/run-program.ts';
import type { ChaosNetwork, LinkFault } from './chaos-network.ts';

/** Set aside for benchmarks of networks (RFC 2544): 198.18.0.0/15, cut into subnets of 256 addresses. */
const subnets = 512;
const bridgeHost = 254;
const deviceInside = 'eth0';
const nobodysHardwareAddress = '02:ba:15:a0:ff:ff';

export class NamespacesNetwork implements ChaosNetwork {
  readonly kind = 'namespaces';
  readonly faults: ReadonlySet<LinkFault> = new Set(['cut', 'cap']);
  readonly #ids: readonly number[];
  readonly #subnet: string;
  readonly #removeAtExit = (): void => this.remove();

  /** For nodes with the ids 1 to `nodes`. Throws SYSTEM_REFUSED if this process may not, or the system cannot. */
  static open(nodes: number): NamespacesNetwork {
    removeLeftovers();
    const ids = Array.from({ length: nodes }, (_, position) => position + 1);
    const network = new NamespacesNetwork(ids, freeSubnet());
    try {
      network.#build();
      return network;
    } catch (error) {
      network.remove();
      throw error;
    }
  }

  private constructor(ids: readonly number[], subnet: string) {
    this.#ids = ids;
    this.#subnet = subnet;
    process.once('exit', this.#removeAtExit);
  }

  hostOf(id: number): string {
    return `${this.#subnet}.${id}`;
  }

  launcherOf(id: number): readonly string[] {
    return ['ip', 'netns', 'exec', namespaceOf(id)];
  }

  peerAddress(_from: number, _to: number, peer: string): string {
    return peer;
  }

  cut(from: number, to: number): Promise<void> {
    this.#setNeighbour(from, to, nobodysHardwareAddress);
    return Promise.resolve();
  }

  mend(from: number, to: number): Promise<void> {
    this.#setNeighbour(from, to, hardwareAddressOf(to));
    return Promise.resolve();
  }

  cap(node: number, bytesPerSecond: number | undefined): Promise<void> {
    const inside = ['-netns', namespaceOf(node), 'qdisc'];
    for (const [place, device] of [[inside, deviceInside] as const, [['qdisc'], outsideOf(node)] as const]) {
      if (bytesPerSecond === undefined) runProgram('tc', [...place, 'del', 'dev', device, 'root']);
      else runProgram('tc', [...place, 'replace', 'dev', device, 'root', ...bucket(bytesPerSecond)]);
    }
    return Promise.resolve();
  }

  delay(): Promise<void> {
    return Promise.resolve();
  }

  remove(): void {
    process.removeListener('exit', this.#removeAtExit);
    for (const id of this.#ids) {
      tryProgram('ip', ['link', 'del', outsideOf(id)]);
      tryProgram('ip', ['netns', 'del', namespaceOf(id)]);
    }
    tryProgram('ip', ['link', 'del', bridge]);
  }

  #build(): void {
    runProgram(
      'ip',
      ['-batch', '-'],
      [
        `link add name ${bridge} type bridge`,
        `addr add ${this.#subnet}.${bridgeHost}/24 dev ${bridge}`,
        `link set ${bridge} up`,
        ...this.#ids.flatMap((id) => [
          `netns add ${namespaceOf(id)}`,
          `link add ${outsideOf(id)} type veth peer name ${deviceInside} address ${hardwareAddressOf(id)} netns ${namespaceOf(id)}`,
          `link set ${outsideOf(id)} master ${bridge} up`,
        ]),
      ].join('\n'),
    );
    for (const id of this.#ids) {
      const commands = [
        'link set lo up',
        `addr add ${this.hostOf(id)}/24 dev ${deviceInside}`,
        `link set ${deviceInside} up`,
      ];
      runProgram('ip', ['-netns', namespaceOf(id), '-batch', '-'], commands.join('\n'));
      // Known from the start, so that a one-way cut is not undone by what the other way tells about neighbours.
      for (const other of this.#ids) {
        if (other !== id) this.#setNeighbour(id, other, hardwareAddressOf(other));
      }
    }
  }

  #setNeighbour(from: number, to: number, hardwareAddress: string): void {
    const neighbour = [this.hostOf(to), 'lladdr', hardwareAddress, 'dev', deviceInside, 'nud', 'permanent'];
    runProgram('ip', ['-netns', namespaceOf(from), 'neigh', 'replace', ...neighbour]);
  }
}

// Names of devices have at most 15 characters, and process ids up to 7 digits.
const bridge = `bc${process.pid}`;

function outsideOf(id: number): string {
  return `bc${process.pid}n${id}`;
}

function namespaceOf(id: number): string {
  return `balsa-chaos-${process.pid}-${id}`;
}

function hardwareAddressOf(id: number): string {
  return `02:ba:15:a0:00:${id.toString(16).padStart(2, '0')}`;
}

/** A token bucket that lets a tenth of a second pass at once, and drops what would wait for more than half a second. */
function bucket(bytesPerSecond: number): string[] {
  const burstBytes = Math.max(16 * 1024, Math.round(bytesPerSecond / 10));
  return ['tbf', 'rate', `${bytesPerSecond * 8}bit`, 'burst', `${burstBytes}`, 'latency', '500ms'];
}

/** Other runs may be under way on this machine. */
function freeSubnet(): string {
  const taken = runProgram('ip', ['-o', '-4', 'addr', 'show']);
  for (let attempt = 0; attempt < subnets; attempt++) {
    const number = (process.pid + attempt) % subnets;
    const subnet = `198.${18 + Math.floor(number / 256)}.${number % 256}`;
    if (!taken.includes(` ${subnet}.`)) return subnet;
  }
  return '198.18.0';
}

function removeLeftovers(): void {
  const devices = readdirSync('/sys/class/net');
  for (const name of leftBehind(devices, /^bc(\d+)(?:n\d+)?$/)) tryProgram('ip', ['link', 'del', name]);
  const namespaces = runProgram('ip', ['netns', 'list'])
    .split('\n')
    .map((line) => line.split(' ')[0] ?? '');
  for (const name of leftBehind(namespaces, /^balsa-chaos-(\d+)-\d+$/)) tryProgram('ip', ['netns', 'del', name]);
}
