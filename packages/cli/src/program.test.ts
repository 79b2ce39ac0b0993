import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defaultConfigText } from '@balsa/server';
import { CommanderError } from 'commander';
import { describe, expect, it } from 'vitest';
import { createProgram } from './program.ts';
import { inScratchFolder, runBalsa, runHere } from './testing/run-balsa.ts';

const run = (...words: string[]) => inScratchFolder((folder) => runBalsa(words, folder));

/** What comes of words that no command is to carry out, in this process: a process for each takes its second to start. */
async function parse(...words: string[]): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  const written = { stdout: '', stderr: '' };
  const program = createProgram();
  for (const each of [program, ...program.commands]) {
    each.configureOutput({
      writeOut: (text) => {
        written.stdout += text;
      },
      writeErr: (text) => {
        written.stderr += text;
      },
      getOutHelpWidth: () => 80,
    });
  }
  const error: unknown = await program.parseAsync(words, { from: 'user' }).catch((reason: unknown) => reason);
  if (!(error instanceof CommanderError)) throw error;
  return { exitCode: error.exitCode === 0 ? 0 : 2, ...written };
}

describe('balsa', () => {
  it('prints its help, which names every command', async () => {
    const { exitCode, stdout } = await run('--help');
    expect(exitCode).toBe(0);
    for (const command of createProgram().commands) expect(stdout).toContain(`  ${command.name()} `);
  });

  it.each(createProgram().commands.map((command) => [command.name()]))(
    '%s --help documents exit codes and examples',
    async (name) => {
      const { exitCode, stdout } = await parse(name, '--help');
      expect(exitCode).toBe(0);
      expect(stdout).toContain('Exit codes:');
      expect(stdout).toContain(`$ balsa ${name}`);
      expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    },
  );

  it.each([
    [['strat'], '(Did you mean start?)'],
    [['demo', '--devices', '0'], 'Give a whole number from 1 to 1000.'],
    [['demo', '--devices', '5.5'], 'Give a whole number from 1 to 1000.'],
    [['demo', '--exti'], '(Did you mean --exit?)'],
    [['status', '--node', 'nowhere'], 'Give an address such as 127.0.0.1:7101.'],
    [['report', '--url', '::'], 'Give an address such as http://127.0.0.1:7201.'],
    [['report', '--group', '-1'], 'Give the number of a group.'],
    [['report', '--watch', '0.5'], 'Give a whole number of seconds from 1 to 86400.'],
    [['inspect', 'a.tsfile', '--series', '-1'], 'Give a number, not negative.'],
    [['log', '--group', 'data'], 'Give the number of a group.'],
    [['log', '--group', '1', '--last', '0'], 'Give a whole number from 1 on.'],
    [['log', '--last', '5'], '--superseded need a --group'],
    [['import', 'a.csv', '--types', 's1:INT32'], 'Give types such as s1=INT32,s2=TEXT.'],
    [['import', 'a.csv', '--types', 's1=BLUB'], 'Give types such as s1=INT32,s2=TEXT.'],
    [['import', 'a.csv', '--sample', 'all'], 'Give a number from 0 to 1,000,000,000.'],
    [['export', '--path', 'root.**'], "required option '-o, --output <file>' not specified"],
  ])('%j is wrong usage, with a hint', async (words, hint) => {
    const { exitCode, stdout, stderr } = await parse(...words);
    expect(stderr).toContain(hint);
    expect(stdout).toBe('');
    expect(exitCode).toBe(2);
  });

  it('tells of wrong usage by its exit code', async () => {
    const { exitCode, stdout, stderr } = await run('demo', '--exti');
    expect(stderr).toContain('(Did you mean --exit?)');
    expect(stdout).toBe('');
    expect(exitCode).toBe(2);
  });

  it('inspect describes a file, and says where one is damaged', async () => {
    const path = fileURLToPath(new URL('../../tsfile/testdata/java-v3.tsfile', import.meta.url));
    const { exitCode, stdout } = await runHere(['inspect', path, '--series', '2']);
    expect(stdout).toContain('TsFile of version 3, ');
    expect(stdout).toContain('... and more series');
    expect(exitCode).toBe(0);
    const { stdout: json } = await runHere(['inspect', path, '--series', '2', '--json']);
    expect(JSON.parse(json)).toMatchObject({ devices: [{ series: [{ statistics: { count: 18 } }, {}] }], isCut: true });
    const other = await runHere(['inspect', fileURLToPath(import.meta.url)]);
    expect(other.stderr).toContain('TSFILE_NOT_ONE: the file does not begin as a TsFile does (at byte 0)');
    expect(other.exitCode).toBe(1);
  });

  it('status says which node does not answer', async () => {
    const { exitCode, stderr } = await run('status', '--node', '127.0.0.1:1');
    expect(stderr).toContain('balsa: NODE_UNREACHABLE: 127.0.0.1:1 does not answer');
    expect(exitCode).toBe(1);
  });

  it('report says which node does not answer', async () => {
    const { exitCode, stderr } = await runHere(['report', '--url', '127.0.0.1:1']);
    expect(stderr).toContain('balsa: NODE_UNREACHABLE: 127.0.0.1:1 does not answer: bad port');
    expect(exitCode).toBe(1);
  });

  it('import and export end with codes that scripts can tell apart', () =>
    inScratchFolder(async (folder) => {
      const file = join(folder, 'a.csv');
      await writeFile(file, 'Time,root.d.s\n1,1\nx,2\n');
      const dry = await runHere(['import', file, '--node', '127.0.0.1:1', '--dry-run']);
      expect(dry.stdout).toContain('1 row would be imported; 1 line left out');
      expect(dry.exitCode).toBe(65);
      expect((await runHere(['import', file, '--node', '127.0.0.1:1'])).exitCode).toBe(69);
      const both = await runHere(['export', 'select s from root.d', '--path', 'root.**', '-o', join(folder, 'b.csv')]);
      expect(both.stderr).toContain('EXPORT_UNFIT: give either a SELECT or --path');
      expect(both.exitCode).toBe(1);
      const unclear = await runHere(['import', join(folder, 'a.txt'), '--node', '127.0.0.1:1']);
      expect(unclear.stderr).toContain('FORMAT_UNKNOWN');
    }));

  it('start prints the default configuration', async () => {
    const { exitCode, stdout } = await runHere(['start', '--print-default-config']);
    expect(stdout).toBe(defaultConfigText());
    expect(exitCode).toBe(0);
  });

  it('start lists every problem of a configuration, wherever it comes from', () =>
    inScratchFolder(async (folder) => {
      await mkdir(join(folder, 'etc'));
      await writeFile(join(folder, 'etc', 'node.yaml'), 'nodeld: 1\n');
      const words = ['start', '--config', join(folder, 'etc', 'node.yaml'), '--timing-election-timeout-ms', 'soon'];
      const { exitCode, stdout, stderr } = await runHere(words);
      expect(stderr).toContain('CONFIG_INVALID');
      expect(stderr).toContain('nodeld');
      expect(stderr).toContain('timing-election-timeout-ms');
      expect(stdout).toBe('');
      expect(exitCode).toBe(78);
    }));
});
