// Code in documents, and how to compile it: a folder for its files, with the strictest settings of the house.

import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { readText, root } from './workspace.ts';

export interface CodeBlock {
  readonly language: string;
  readonly text: string;
}

export function codeBlocksOf(document: string): CodeBlock[] {
  const blocks = readText(document).matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm);
  return [...blocks].map(([, language = '', text = '']) => ({ language, text }));
}

/** Compiles the programs, by name, and gives the folder with what came of them. @throws what is wrong with them. */
export async function compile(folderName: string, programs: Readonly<Record<string, string>>): Promise<string> {
  // Within the workspace, so that they find its packages.
  const folder = join(root, 'tests', 'dist', folderName);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }\n');
  const compilerOptions = {
    composite: false,
    declaration: false,
    declarationMap: false,
    isolatedDeclarations: false,
    // What one example declares is used in another, or only shown.
    noUnusedLocals: false,
    noUnusedParameters: false,
    types: ['node'],
  };
  const config = { extends: '../../../tsconfig.base.json', compilerOptions, include: ['*.ts'] };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config));
  for (const [name, text] of Object.entries(programs)) await writeFile(join(folder, `${name}.ts`), text);
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  await promisify(execFile)(process.execPath, [tsc, '-p', folder]).catch((error: { stdout?: string }) => {
    throw new Error(error.stdout ?? String(error));
  });
  return folder;
}
