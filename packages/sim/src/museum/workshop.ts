// A copy of the packages in a temporary folder, where one mutant at a time lives. The working tree is never touched.

import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Finished, runNode } from './child-process.ts';
import { applyPatch, type Patch } from './mutant.ts';

/** Of the workspace. */
export const root: string = fileURLToPath(new URL('../../../..', import.meta.url));

const packages = readdirSync(join(root, 'packages'));
const copiedFiles = ['package.json', 'tsconfig.base.json', 'vitest.config.ts'];
const scope = '@balsa';
const buildMsMax = 60_000;

export class Workshop {
  readonly folder: string;
  /** Originals of the files that are changed just now. */
  readonly #originals = new Map<string, string>();
  /** Packages whose source has changed since they were built. */
  readonly #unbuilt = new Set<string>();
  /** Also if the process is interrupted. */
  readonly #removeFolder = (): void => rmSync(this.folder, { recursive: true, force: true });

  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), 'balsa-museum-'));
    process.once('exit', this.#removeFolder);
    for (const name of packages) {
      cpSync(join(root, 'packages', name), join(this.folder, 'packages', name), {
        recursive: true,
        filter: (path) => basename(path) !== 'node_modules',
      });
    }
    for (const name of copiedFiles) cpSync(join(root, name), join(this.folder, name));
    this.#linkModules();
  }

  /** Undoes the mutant before, and applies this one. No patches: the code as it is. */
  change(patches: readonly Patch[]): void {
    this.#restore();
    for (const patch of patches) {
      const path = join(this.folder, patch.file);
      const text = readFileSync(path, 'utf8');
      if (!this.#originals.has(patch.file)) this.#originals.set(patch.file, text);
      this.#write(patch.file, applyPatch(text, patch));
    }
  }

  /** Brings what the simulators run up to date. Tests run from source, and do without. */
  async build(): Promise<void> {
    for (const folder of this.#unbuilt) await this.#build(folder);
    this.#unbuilt.clear();
  }

  run(script: string, args: readonly string[], timeoutMs: number): Promise<Finished> {
    return runNode([script, ...args], this.folder, timeoutMs);
  }

  close(): void {
    process.off('exit', this.#removeFolder);
    this.#removeFolder();
  }

  #restore(): void {
    for (const [file, text] of this.#originals) this.#write(file, text);
    this.#originals.clear();
  }

  #write(file: string, text: string): void {
    writeFileSync(join(this.folder, file), text);
    this.#unbuilt.add(file.split('/').slice(0, 2).join('/'));
  }

  /** Types are not checked: a mutant may leave a name unused. */
  async #build(name: string): Promise<void> {
    const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    const { exitCode, stdout, stderr } = await this.run(compiler, ['-p', name, '--noCheck'], buildMsMax);
    if (exitCode !== 0) throw new Error(`${name} cannot be built:\n${stdout}${stderr}`);
  }

  /** All modules are those of the working tree, except our own packages, which are the copies. */
  #linkModules(): void {
    const modules = join(this.folder, 'node_modules');
    mkdirSync(join(modules, scope), { recursive: true });
    for (const name of readdirSync(join(root, 'node_modules'))) {
      if (name === scope || name.startsWith('.')) continue;
      symlinkSync(join(root, 'node_modules', name), join(modules, name), 'junction');
    }
    for (const name of packages) {
      symlinkSync(join(this.folder, 'packages', name), join(modules, scope, name), 'junction');
    }
  }
}
