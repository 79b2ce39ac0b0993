// What a transport must do that knows its peers by their data folders (see folder-guard.ts).

import { deepEqual, equal, ok } from 'node:assert/strict';
import { type ConformanceCase, casesOf } from '../../conformance/case.ts';
import { eventually, pause } from '../../conformance/eventually.ts';
import { VolatilePeerMemory } from '../../log/volatile-peer-memory.ts';
import type { FolderIdentity } from '../../ports.ts';
import { numbered } from '../test-frames.ts';
import { Codes, type CreateTestNetwork, Recorder, Trial } from './network.ts';

function folderOf(id: number, replacesLostDisk = false): FolderIdentity {
  return { id, replacesLostDisk };
}

/** Of transports that take `folder` and `peerMemory`. */
export function transportFolderCases(createNetwork: CreateTestNetwork): ConformanceCase[] {
  const fixture = {
    setUp: async () => new Trial(createNetwork),
    tearDown: (trial: Trial) => trial.end(),
  };
  return casesOf(fixture, {
    'keeps out a node that returns with another folder and does not say why, in both directions': async (trial) => {
      await trial.network(3);
      const codes = [new Codes(), new Codes(), new Codes()];
      const memories = codes.map(() => new VolatilePeerMemory());
      const { transports, recorders } = await trial.connected(3, (id) => ({
        folder: folderOf(id),
        peerMemory: memories[id - 1]!,
        log: codes[id - 1]!.log,
      }));
      const expectUp = (...up: number[]): Promise<void> =>
        eventually(() =>
          deepEqual(
            recorders.map((recorder) => recorder.up.size),
            up,
          ),
        );

      const start = async (folder: FolderIdentity): Promise<void> => {
        await transports[2]!.close();
        await eventually(() =>
          deepEqual(
            recorders.slice(0, 2).map(({ up }) => [...up]),
            [[2], [1]],
          ),
        );
        recorders[2] = new Recorder();
        transports[2] = trial.transport(3, { folder, peerMemory: new VolatilePeerMemory(), log: codes[2]!.log });
        await transports[2].start(recorders[2]);
      };
      const startAndBeKeptOut = async (folder: FolderIdentity): Promise<void> => {
        const before = codes.map(({ all }) => all.length);
        await start(folder);
        await eventually(() => {
          for (const i of [0, 1]) ok(codes[i]!.all.slice(before[i]).includes('PEER_FOLDER_CHANGED'));
        });
        await eventually(() => ok(codes[2]!.all.slice(before[2]).includes('PEER_REFUSED_US')));
        for (const peer of [1, 2]) {
          equal(transports[2]!.send(peer, 1, numbered(3, peer, 1)), false);
          equal(transports[peer - 1]!.send(3, 1, numbered(peer, 3, 1)), false);
        }
        ok(transports[0]!.send(2, 1, numbered(1, 2, 1)));
        await pause(50);
        deepEqual(
          recorders.map(({ up }) => [...up].sort()),
          [[2], [1], []],
        );
        deepEqual(recorders[2]!.frames, []);
      };

      await startAndBeKeptOut(folderOf(30));
      // What was lost is declared.
      await start(folderOf(31, true));
      await expectUp(2, 2, 2);
      ok(transports[2]!.send(1, 7, numbered(3, 1, 1)));
      ok(transports[1]!.send(3, 7, numbered(2, 3, 1)));
      await eventually(() => ok(recorders[0]!.frames.some(({ from }) => from === 3)));
      await eventually(() => equal(recorders[2]!.frames.length, 1));
      // The first disk turns up again.
      await startAndBeKeptOut(folderOf(3));
      // The one that replaced it comes back as it was.
      await start(folderOf(31, true));
      await expectUp(2, 2, 2);
      deepEqual(
        recorders.slice(0, 2).map(({ frames }) => frames.filter(({ from }) => from === 3).length),
        [1, 0],
      );
    },

    'remembers the folders of its peers over its own restart': async (trial) => {
      await trial.network(2);
      const memory = new VolatilePeerMemory();
      const first = trial.transport(1, { folder: folderOf(10), peerMemory: memory });
      const second = trial.transport(2, { folder: folderOf(20), peerMemory: new VolatilePeerMemory() });
      const recorder = new Recorder();
      await Promise.all([first.start(recorder), second.start(new Recorder())]);
      await eventually(() => deepEqual(memory.known(2), { current: 20, earlier: [] }));
      await eventually(() => equal(recorder.up.size, 1));
      await Promise.all([first.close(), second.close()]);
      const codes = [new Codes(), new Codes()];
      const again = trial.transport(1, { folder: folderOf(10), peerMemory: memory, log: codes[0]!.log });
      const wiped = trial.transport(2, {
        folder: folderOf(21),
        peerMemory: new VolatilePeerMemory(),
        log: codes[1]!.log,
      });
      const recorders = [new Recorder(), new Recorder()];
      await Promise.all([again.start(recorders[0]!), wiped.start(recorders[1]!)]);
      await eventually(() => ok(codes[0]!.all.includes('PEER_FOLDER_CHANGED')));
      await eventually(() => ok(codes[1]!.all.includes('PEER_REFUSED_US')));
      deepEqual(
        recorders.map(({ news }) => news),
        [[], []],
      );
    },
  });
}
