// What a transport must do that agrees on a version with each peer, as docs/wire-versions.md has it.

import { deepEqual, equal, ok } from 'node:assert/strict';
import { type ConformanceCase, casesOf } from '../../conformance/case.ts';
import { comparable } from '../../conformance/comparable.ts';
import { eventually } from '../../conformance/eventually.ts';
import { neededVersion } from '../needed-version.ts';
import type { PeerVersions } from '../peer-versions.ts';
import { asKnownTo, configurationAppendOf, heartbeatAcks, numbered, oneOfEach } from '../test-frames.ts';
import { Codes, type CreateTestNetwork, Recorder, Trial } from './network.ts';

const old: PeerVersions = { oldest: 1, newest: 1 };
const both: PeerVersions = { oldest: 1, newest: 2 };
const young: PeerVersions = { oldest: 2, newest: 2 };
const oneToThree: PeerVersions = { oldest: 1, newest: 3 };

const pairs: readonly (readonly [first: PeerVersions, second: PeerVersions, agreed: number])[] = [
  [old, old, 1],
  [old, both, 1],
  [both, old, 1],
  [both, young, 2],
  [young, young, 2],
  [old, oneToThree, 1],
  [oneToThree, young, 2],
  [{ oldest: 2, newest: 3 }, oneToThree, 3],
];

/** Of transports that take `versions`. */
export function transportVersionCases(createNetwork: CreateTestNetwork): ConformanceCase[] {
  const fixture = {
    setUp: async () => new Trial(createNetwork),
    tearDown: (trial: Trial) => trial.end(),
  };
  const agreements = pairs.map(([first, second, agreed]) => [
    `nodes of versions ${rangeOf(first)} with ${rangeOf(second)} tell each other what both know, and nothing else`,
    (trial: Trial) => tellEachOther(trial, first, second, agreed),
  ]);
  return casesOf(fixture, {
    ...(Object.fromEntries(agreements) as Record<string, (trial: Trial) => Promise<void>>),

    'refuses a node with which it shares no version, says so on both sides, and goes on with the others': async (
      trial,
    ) => {
      await trial.network(3);
      const codes = [new Codes(), new Codes(), new Codes()];
      const transports = [old, young, both].map((versions, i) =>
        trial.transport(i + 1, { versions, log: codes[i]!.log }),
      );
      const recorders = transports.map(() => new Recorder());
      await Promise.all(transports.map((transport, i) => transport.start(recorders[i]!)));
      await eventually(() => {
        deepEqual(
          recorders.map(({ up }) => [...up].sort()),
          [[3], [3], [1, 2]],
        );
        for (const { all } of codes.slice(0, 2)) {
          ok(all.includes('PEER_VERSION_MISMATCH') && all.includes('PEER_REFUSED_US'), all.join());
        }
      });
      ok(!codes[2]!.all.includes('PEER_VERSION_MISMATCH'));
      equal(transports[0]!.send(2, 1, numbered(1, 2, 1)), false);
      equal(transports[0]!.send(3, 1, numbered(1, 3, 1)), true);
      await eventually(() => equal(recorders[2]!.frames.length, 1));
      deepEqual(recorders[1]!.frames, []);
    },

    'agrees anew with a node that returns in another release': async (trial) => {
      await trial.network(2);
      const { transports, recorders } = await trial.connected(2, (id) => ({ versions: id === 1 ? both : old }));
      const [first, atFirst] = [transports[0]!, recorders[0]!];
      let second = transports[1]!;
      for (const [i, versions] of [both, young, old].entries()) {
        await second.close();
        await eventually(() => equal(atFirst.up.size, 0));
        const recorder = new Recorder();
        second = trial.transport(2, { versions });
        await second.start(recorder);
        await eventually(() => deepEqual([atFirst.up.size, recorder.up.size], [1, 1]));
        const expected = versions === old ? undefined : 7;
        first.send(2, 1, heartbeatAcks(1, 2, [7])[0]!);
        second.send(1, 1, heartbeatAcks(2, 1, [7])[0]!);
        await eventually(() => deepEqual([atFirst.frames.length, recorder.frames.length], [i + 1, 1]));
        deepEqual(recorder.frames[0]!.frame, heartbeatAcks(1, 2, [expected])[0]);
        deepEqual(atFirst.frames[i]!.frame, heartbeatAcks(2, 1, [expected])[0]);
      }
    },
  });
}

async function tellEachOther(trial: Trial, first: PeerVersions, second: PeerVersions, version: number): Promise<void> {
  await trial.network(2);
  const { transports, recorders } = await trial.connected(2, (id) => ({ versions: id === 1 ? first : second }));
  deepEqual([transports[0]!.versionOf(2), transports[1]!.versionOf(1)], [version, version]);
  const frames = [...oneOfEach(9, 1, 2), ...(version < 3 ? [configurationAppendOf(9, 1, 2)] : []), numbered(1, 2, 5)];
  const known = frames.filter((frame) => neededVersion(frame) <= version);
  equal(known.length < frames.length, version < 4);
  for (const frame of frames) equal(transports[0]!.send(2, 9, frame), neededVersion(frame) <= version);
  const back = oneOfEach(9, 2, 1).filter((frame) => neededVersion(frame) <= version);
  for (const frame of back) ok(transports[1]!.send(1, 9, frame));
  await eventually(() =>
    deepEqual(
      recorders.map(({ frames: received }) => received.length),
      [back.length, known.length],
    ),
  );
  const received = recorders.map(({ frames: all }) => comparable(all.map(({ frame }) => frame)));
  deepEqual(
    received,
    [back, known].map((sent) => comparable(sent.map((frame) => asKnownTo(version, frame)))),
  );
}

function rangeOf({ oldest, newest }: PeerVersions): string {
  return oldest === newest ? `${oldest}` : `${oldest} to ${newest}`;
}
