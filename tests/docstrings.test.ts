// The examples in comments fit what they stand at.

import { expect, test } from 'vitest';
import { compile } from './code-blocks.ts';
import { readPackages } from './workspace.ts';

const withExamples = ['raft', 'wire', 'codes', 'replica', 'tsfile', 'sql'];
const block = /^ *\* ```ts\n([\s\S]*?)^ *\* ```$/gm;

/** What the examples take as given. */
const given = `
import { ErasureCode } from '@balsa/codes';
import { decodePeerFrame, encodePeerFrame, type Group, neededVersion, openHost, type PeerFrame, type StateMachine } from '@balsa/replica';
import { executeQuery, expressionText, parseStatement, parseZone, pathText, type ResultColumn, type SeriesSource } from '@balsa/sql';
import { createTsFile, DataType, openTsFile } from '@balsa/tsfile';

declare const stateMachine: StateMachine;
declare const source: SeriesSource;
declare const command: Uint8Array;
declare const frame: PeerFrame;
declare const [version, from, to]: readonly [number, number, number];
declare const signal: AbortSignal;
`;

test('examples in comments compile', async () => {
  const examples = readPackages()
    .filter(({ name }) => withExamples.includes(name))
    .flatMap(({ sources }) => sources)
    .flatMap(({ text }) => [...text.matchAll(block)].map(([, lines = '']) => lines.replaceAll(/^ *\* ?/gm, '')));
  expect(examples.length).toBeGreaterThan(2);
  const functions = examples.map((text, i) => {
    const type = text.includes('group.') ? 'Group' : 'number';
    const parameters = text.includes('const group =') ? '' : `group: ${type}`;
    return `export async function example${i}(${parameters}): Promise<unknown> {\n${text}\nreturn true;\n}`;
  });
  await compile('docstrings', { examples: [given, ...functions].join('\n') });
});
