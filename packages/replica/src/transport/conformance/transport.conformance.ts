// What every transport must do, real or simulated, Balsa's own or another.

import { deepEqual, equal, ok } from 'node:assert/strict';
import { type ConformanceCase, casesOf } from '../../conformance/case.ts';
import { comparable } from '../../conformance/comparable.ts';
import { eventually, pause } from '../../conformance/eventually.ts';
import type { PeerFrame } from '../../ports.ts';
import { appendOf, heartbeatAcks, heartbeatOf, numbered, oneOfEach } from '../test-frames.ts';
import { type CreateTestNetwork, Recorder, Trial } from './network.ts';

/** The cases for a transport. They close every transport that they were given. */
export function transportCases(createNetwork: CreateTestNetwork): ConformanceCase[] {
  const fixture = {
    setUp: async () => new Trial(createNetwork),
    tearDown: (trial: Trial) => trial.end(),
  };
  return casesOf(fixture, {
    'carries every kind of frame, with its sender and its group': async (trial) => {
      await trial.network(3);
      const { transports, recorders } = await trial.connected(3);
      const sent = oneOfEach(9, 1, 2);
      for (const frame of sent) ok(transports[0]!.send(2, 9, frame));
      await eventually(() => equal(recorders[1]!.frames.length, sent.length));
      deepEqual(comparable(recorders[1]!.frames), comparable(sent.map((frame) => ({ from: 1, group: 9, frame }))));
      equal(recorders[2]!.frames.length, 0);
    },

    'keeps the order between two nodes, small and large frames mixed': async (trial) => {
      await trial.network(2);
      const { transports, recorders } = await trial.connected(2);
      const count = 2000;
      for (let i = 0; i < count; i++) {
        ok(transports[0]!.send(2, i, i % 100 === 50 ? appendOf(i, 1, 2, 3, 30_000) : numbered(1, 2, i)));
        if (i % 300 === 0) await new Promise(setImmediate);
      }
      await eventually(() => equal(recorders[1]!.frames.length, count));
      deepEqual(
        recorders[1]!.frames.map(({ group }) => group),
        Array.from({ length: count }, (_, i) => i),
      );
    },

    'keeps the order of heartbeats, of many groups, with whatever else is sent': async (trial) => {
      await trial.network(2);
      const { transports, recorders } = await trial.connected(2);
      const sent = Array.from({ length: 4000 }, (_, i): PeerFrame => {
        if (i % 1500 === 700) return numbered(1, 2, i);
        return i % 1900 > 1600 ? heartbeatAcks(1, 2, [i])[0]! : heartbeatOf(1, 2, i);
      });
      // Most leaders send in the order of their groups, but not all.
      const groupOf = (i: number): number => (i % 7 === 0 ? 4_000_000_000 - i : i);
      for (const [i, frame] of sent.entries()) {
        ok(transports[0]!.send(2, groupOf(i), frame));
        if (i % 1000 === 300) await new Promise(setImmediate);
      }
      await eventually(() => equal(recorders[1]!.frames.length, sent.length));
      deepEqual(
        recorders[1]!.frames,
        sent.map((frame, i) => ({ from: 1, group: groupOf(i), frame })),
      );
    },

    'does not share memory with the sender of a payload': async (trial) => {
      await trial.network(2);
      const { transports, recorders } = await trial.connected(2);
      const payload = Buffer.from('as it was');
      transports[0]!.send(2, 1, { kind: 'forward', proposal: { requestId: 1, payload, acknowledge: 'applied' } });
      payload.fill(0);
      await eventually(() => equal(recorders[1]!.frames.length, 1));
      const { frame } = recorders[1]!.frames[0]!;
      equal(frame.kind === 'forward' && Buffer.from(frame.proposal.payload).toString(), 'as it was');
    },

    'drops what does not fit the queue of a peer, and says so': async (trial) => {
      await trial.network(2, 100_000);
      const { transports, recorders } = await trial.connected(2);
      const accepted = Array.from({ length: 10 }, () => transports[0]!.send(2, 1, appendOf(1, 1, 2, 1, 40_000)));
      deepEqual(accepted, [true, true, ...Array.from({ length: 8 }, () => false)]);
      await eventually(() => equal(recorders[1]!.frames.length, 2));
      await eventually(() => ok(transports[0]!.send(2, 1, appendOf(1, 1, 2, 1, 40_000))));
    },

    'has a bound for heartbeats too': async (trial) => {
      await trial.network(2, 20_000);
      const { transports, recorders } = await trial.connected(2);
      const accepted = Array.from({ length: 20_000 }, (_, i) => i).filter((i) =>
        transports[0]!.send(2, i, heartbeatOf(1, 2, i)),
      );
      ok(accepted.length > 100 && accepted.length < 5000, `${accepted.length} heartbeats were accepted`);
      await eventually(() =>
        deepEqual(
          recorders[1]!.frames.map(({ group }) => group),
          accepted,
        ),
      );
      await eventually(() => ok(transports[0]!.send(2, 1, heartbeatOf(1, 2, 1))));
    },

    'takes a frame of any size while nothing waits': async (trial) => {
      await trial.network(2, 10_000);
      const { transports, recorders } = await trial.connected(2);
      ok(transports[0]!.send(2, 1, appendOf(1, 1, 2, 1, 400_000)));
      await eventually(() => equal(recorders[1]!.frames.length, 1));
    },

    'says how much waits for a peer': async (trial) => {
      await trial.network(2);
      const { transports, recorders } = await trial.connected(2);
      const sender = transports[0]!;
      deepEqual([sender.queuedBytes(2), sender.queuedBytes(77)], [0, 0]);
      sender.send(2, 1, heartbeatOf(1, 2, 1));
      const heartbeatBytes = sender.queuedBytes(2);
      ok(heartbeatBytes > 0);
      sender.send(2, 1, appendOf(1, 1, 2, 1, 40_000));
      ok(sender.queuedBytes(2) > 40_000 + heartbeatBytes);
      await eventually(() => equal(recorders[1]!.frames.length, 2));
      await eventually(() => equal(sender.queuedBytes(2), 0));
      await sender.close();
      equal(sender.queuedBytes(2), 0);
    },

    'tells of a peer that goes and of its return': async (trial) => {
      await trial.network(2);
      const { transports, recorders } = await trial.connected(2);
      await transports[1]!.close();
      await eventually(() => deepEqual(recorders[0]!.news, ['up 2', 'down 2']));
      equal(transports[0]!.send(2, 1, numbered(1, 2, 1)), false);
      equal(transports[0]!.versionOf(2), undefined);
      const recorder = new Recorder();
      await trial.transport(2).start(recorder);
      await eventually(() => deepEqual(recorders[0]!.news, ['up 2', 'down 2', 'up 2']));
      await eventually(() => deepEqual(recorder.news, ['up 1']));
      ok(transports[0]!.send(2, 1, numbered(1, 2, 2)));
      await eventually(() => equal(recorder.frames.length, 1));
    },

    'sends nothing to nodes that it does not know, nor before the start or after the close': async (trial) => {
      await trial.network(2);
      const unstarted = trial.transport(1);
      equal(unstarted.send(2, 1, numbered(1, 2, 1)), false);
      deepEqual([unstarted.versionOf(2), unstarted.queuedBytes(2)], [undefined, 0]);
      await unstarted.close();
      const { transports, recorders } = await trial.connected(2);
      const sender = transports[0]!;
      equal(sender.send(77, 1, numbered(1, 77, 1)), false);
      deepEqual([sender.versionOf(77), sender.versionOf(1)], [undefined, undefined]);
      equal(sender.send(1, 1, numbered(1, 1, 1)), false);
      await Promise.all(transports.map((transport) => transport.close()));
      const framesBefore = recorders[1]!.frames.length;
      equal(sender.send(2, 1, numbered(1, 2, 1)), false);
      await pause(20);
      equal(recorders[1]!.frames.length, framesBefore);
    },

    'can be closed twice, and before it was started': async (trial) => {
      await trial.network(2);
      const { transports } = await trial.connected(2);
      await Promise.all([transports[0]!.close(), transports[0]!.close()]);
      await trial.transport(1).close();
    },
  });
}
