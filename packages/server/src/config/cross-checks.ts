// What no single field can know: rules between fields.

import { membersMinForRestoring } from '@balsa/replica';
import { formatAddress, parseAddress } from '../address.ts';
import { type NodeConfig, ReplacesLostDisk } from './node-config.ts';
import type { ParsedSettings } from './schema.ts';

/** One line for each broken rule. */
export function crossCheck(settings: ParsedSettings | NodeConfig): string[] {
  return [checkMembers, checkZones, checkLostDisk, checkTiming, checkSnapshots, checkStorage, checkLimits].flatMap(
    (check) => check(settings),
  );
}

function checkMembers({ nodeId, members }: ParsedSettings | NodeConfig): string[] {
  const problems: string[] = [];
  const ids = members.map((member) => member.id);
  if (!ids.includes(nodeId)) {
    problems.push(
      `nodeId: ${nodeId} is not among the members (${ids.join(', ')}); add an entry for it or correct the id`,
    );
  }
  for (const id of new Set(ids.filter((id, position) => ids.indexOf(id) !== position))) {
    problems.push(`members: id ${id} appears more than once; every node needs its own`);
  }
  const owners = new Map<string, string>();
  members.forEach((member, position) => {
    for (const field of ['peer', 'client', 'http'] as const) {
      const address = parseAddress(member[field]);
      const key = address === undefined ? member[field] : formatAddress(address).toLowerCase();
      const here = `members[${position}].${field}`;
      const taken = owners.get(key);
      if (taken === undefined) {
        owners.set(key, here);
      } else {
        problems.push(`${here}: ${member[field]} is already the address of ${taken}; every listener needs its own`);
      }
    }
  });
  return problems;
}

function checkZones({ nodeId, members, zone }: ParsedSettings | NodeConfig): string[] {
  const without = members.filter((member) => member.zone === undefined).map(({ id }) => id);
  const own = members.find(({ id }) => id === nodeId);
  const problems: string[] = [];
  if (without.length > 0 && without.length < members.length) {
    problems.push(`members: ${without.join(', ')} have no zone, and others have; give every member its zone, or none`);
  }
  if (zone !== undefined && own !== undefined && own.zone !== zone) {
    problems.push(
      `zone: ${zone}, but members have node ${nodeId} ${own.zone === undefined ? 'in no zone' : `in ${own.zone}`}; ` +
        'the other nodes go by members',
    );
  }
  return problems;
}

function checkLostDisk({ replacesLostDisk, members }: ParsedSettings | NodeConfig): string[] {
  if (replacesLostDisk === ReplacesLostDisk.no || members.length >= membersMinForRestoring) {
    return [];
  }
  return [
    `replacesLostDisk: of ${members.length} members, the others cannot restore what this node has lost, which takes ` +
      `${membersMinForRestoring} or more; restore dataFolder from a backup`,
  ];
}

function checkTiming({ timing }: ParsedSettings | NodeConfig): string[] {
  if (timing.heartbeatIntervalMs * 3 < timing.electionTimeoutMs) {
    return [];
  }
  return [
    `timing.heartbeatIntervalMs: ${timing.heartbeatIntervalMs} is not less than a third of timing.electionTimeoutMs ` +
      `(${timing.electionTimeoutMs}); two lost heartbeats would already start an election`,
  ];
}

function checkSnapshots({ snapshots }: ParsedSettings | NodeConfig): string[] {
  const { logBytes, logTailBytes, logBytesMax } = snapshots;
  if (logBytesMax >= logBytes + logTailBytes) return [];
  return [
    `snapshots.logBytesMax: ${logBytesMax} is less than snapshots.logBytes and snapshots.logTailBytes together ` +
      `(${logBytes + logTailBytes}); nodes that keep up would get snapshots too`,
  ];
}

function checkStorage({ storage }: ParsedSettings | NodeConfig): string[] {
  const { memtableBytes, memoryBytesMax } = storage;
  if (memoryBytesMax >= 2 * memtableBytes) return [];
  return [
    `storage.memoryBytesMax: ${memoryBytesMax} is less than twice storage.memtableBytes (${memtableBytes}); one is ` +
      'written to while the one before is written into files',
  ];
}

function checkLimits({ limits }: ParsedSettings | NodeConfig): string[] {
  const problems: string[] = [];
  if (limits.proposalBytesMax * 2 > limits.frameBytesMax) {
    problems.push(
      `limits.proposalBytesMax: ${limits.proposalBytesMax} is more than half of limits.frameBytesMax (${limits.frameBytesMax}); ` +
        'a batch with one such write must fit in a frame between nodes',
    );
  }
  if (limits.connectionInFlightBytesMax > limits.inFlightBytesMax) {
    problems.push(
      `limits.connectionInFlightBytesMax: ${limits.connectionInFlightBytesMax} is more than limits.inFlightBytesMax ` +
        `(${limits.inFlightBytesMax}), which bounds all connections together`,
    );
  }
  if (limits.connectionInFlightBytesMax < limits.proposalBytesMax) {
    problems.push(
      `limits.connectionInFlightBytesMax: ${limits.connectionInFlightBytesMax} is less than limits.proposalBytesMax ` +
        `(${limits.proposalBytesMax}); the largest write could never be taken`,
    );
  }
  return problems;
}
