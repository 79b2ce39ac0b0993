// What a transport must do whose peers come and go while it runs.

import { deepEqual, equal, ok } from 'node:assert/strict';
import type { NodeId } from '@balsa/raft';
import { type ConformanceCase, casesOf } from '../../conformance/case.ts';
import { eventually, pause } from '../../conformance/eventually.ts';
import { numbered } from '../test-frames.ts';
import { Codes, type CreateTestNetwork, Recorder, type TestNetwork, Trial } from './network.ts';

/** A network whose nodes know nobody to begin with. Peers may be told at any time, to a transport that is closed as well. */
export interface ChangingNetwork extends TestNetwork {
  /** Tells the latest transport of `node` of `peer`, as by `setPeer`. */
  introduce(node: NodeId, peer: NodeId): void;
  /** As by `removePeer`. */
  part(node: NodeId, peer: NodeId): void;
}

/** Of transports that have `setPeer` and `removePeer`. */
export function transportPeerCases(createNetwork: CreateTestNetwork<ChangingNetwork>): ConformanceCase[] {
  const fixture = {
    setUp: async () => new Trial(createNetwork),
    tearDown: (trial: Trial<ChangingNetwork>) => trial.end(),
  };
  return casesOf(fixture, {
    'is connected with a node of which it hears later, once both know each other': async (trial) => {
      const network = await trial.network(2);
      const [codesOfOne, codes] = [new Codes(), new Codes()];
      const [one, two] = [trial.transport(1, { log: codesOfOne.log }), trial.transport(2, { log: codes.log })];
      const [atOne, atTwo] = [new Recorder(), new Recorder()];
      await Promise.all([one.start(atOne), two.start(atTwo)]);
      network.introduce(1, 2);
      await eventually(() => ok(codes.all.includes('PEER_ID_UNKNOWN')));
      await eventually(() => ok(codesOfOne.all.includes('PEER_REFUSED_US')));
      ok(!codesOfOne.all.includes('PEER_ID_UNKNOWN'), 'who does not know it does not call it');
      deepEqual([atOne.news, atTwo.news], [[], []]);
      equal(one.send(2, 1, numbered(1, 2, 1)), false);
      network.introduce(2, 1);
      await eventually(() => deepEqual([atOne.news, atTwo.news], [['up 2'], ['up 1']]));
      ok(one.send(2, 1, numbered(1, 2, 1)));
      ok(two.send(1, 1, numbered(2, 1, 1)));
      await eventually(() => deepEqual([atOne.frames.length, atTwo.frames.length], [1, 1]));
    },

    'takes in a node that joins while the others talk, and parts nobody else': async (trial) => {
      const network = await trial.network(3);
      const recorders = [new Recorder(), new Recorder(), new Recorder()];
      const transports = [1, 2].map((id) => trial.transport(id));
      await Promise.all(transports.map((transport, i) => transport.start(recorders[i]!)));
      introduceAll(network, 1, 2);
      await eventually(() => deepEqual([recorders[0]!.news, recorders[1]!.news], [['up 2'], ['up 1']]));
      const newcomer = trial.transport(3);
      // Before its start: it dials them when it begins.
      for (const peer of [1, 2]) network.introduce(3, peer);
      await newcomer.start(recorders[2]!);
      for (const node of [1, 2]) network.introduce(node, 3);
      await eventually(() => {
        deepEqual(recorders[2]!.news.toSorted(), ['up 1', 'up 2']);
        deepEqual([recorders[0]!.news, recorders[1]!.news], [['up 2', 'up 3'], ['up 1', 'up 3']]); // biome-ignore format: pairs
      });
      for (const [i, transport] of [...transports, newcomer].entries()) {
        for (const to of [1, 2, 3]) if (to !== i + 1) ok(transport.send(to, 1, numbered(i + 1, to, 1)));
      }
      await eventually(() => {
        for (const { frames } of recorders) equal(frames.length, 2);
      });
    },

    'hears of nothing when it is told what it knows, of itself, or of somebody who is not there': async (trial) => {
      const network = await trial.network(3);
      const recorders = [new Recorder(), new Recorder()];
      await Promise.all(recorders.map((recorder, i) => trial.transport(i + 1).start(recorder)));
      introduceAll(network, 1, 2);
      await eventually(() => deepEqual([recorders[0]!.news, recorders[1]!.news], [['up 2'], ['up 1']]));
      introduceAll(network, 1, 2);
      network.introduce(1, 1);
      network.introduce(1, 3);
      network.part(1, 3);
      network.part(2, 3);
      network.part(2, 2);
      await pause(50);
      deepEqual([recorders[0]!.news, recorders[1]!.news], [['up 2'], ['up 1']]);
    },

    'parts from a node that is removed: both hear so, and it is refused until it is known again': async (trial) => {
      const network = await trial.network(2);
      const codes = new Codes();
      const [one, two] = [trial.transport(1, { log: codes.log }), trial.transport(2)];
      const [atOne, atTwo] = [new Recorder(), new Recorder()];
      await Promise.all([one.start(atOne), two.start(atTwo)]);
      introduceAll(network, 1, 2);
      await eventually(() => deepEqual([atOne.up.size, atTwo.up.size], [1, 1]));
      network.part(1, 2);
      await eventually(() => deepEqual([atOne.news, atTwo.news], [['up 2', 'down 2'], ['up 1', 'down 1']])); // biome-ignore format: pairs
      deepEqual([one.versionOf(2), one.queuedBytes(2)], [undefined, 0]);
      equal(one.send(2, 1, numbered(1, 2, 1)), false);
      network.introduce(1, 2);
      await eventually(() => deepEqual([atOne.up.size, atTwo.up.size], [1, 1]));
      ok(one.send(2, 1, numbered(1, 2, 2)));
      ok(two.send(1, 1, numbered(2, 1, 2)));
      await eventually(() => deepEqual([atOne.frames.length, atTwo.frames.length], [1, 1]));
    },

    'is not connected with whom it was told to forget before its start': async (trial) => {
      const network = await trial.network(2);
      const [one, two] = [trial.transport(1), trial.transport(2)];
      const recorder = new Recorder();
      introduceAll(network, 1, 2);
      network.part(1, 2);
      await Promise.all([one.start(recorder), two.start(new Recorder())]);
      await pause(50);
      deepEqual(recorder.news, []);
    },

    'closes whatever is still open to those that were removed, and may be told of peers after that': async (trial) => {
      const network = await trial.network(2);
      const [one, two] = [trial.transport(1), trial.transport(2)];
      const [atOne, atTwo] = [new Recorder(), new Recorder()];
      await Promise.all([one.start(atOne), two.start(atTwo)]);
      introduceAll(network, 1, 2);
      await eventually(() => deepEqual([atOne.up.size, atTwo.up.size], [1, 1]));
      network.part(1, 2);
      await one.close();
      network.introduce(1, 2);
      network.part(1, 2);
      await eventually(() => equal(atTwo.up.size, 0));
      equal(one.send(2, 1, numbered(1, 2, 1)), false);
    },
  });
}

function introduceAll(network: ChangingNetwork, a: NodeId, b: NodeId): void {
  network.introduce(a, b);
  network.introduce(b, a);
}
