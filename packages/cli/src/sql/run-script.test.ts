import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { NodeClient } from '../node-client/node-client.ts';
import { CollectedOutput } from '../testing/collect-output.ts';
import { inScratchFolder, runHere, startBalsa } from '../testing/run-balsa.ts';
import { type ServingNode, serveNode } from '../testing/serve-node.ts';
import { linesOfFile, runScript } from './run-script.ts';
import type { Settings } from './settings.ts';

let node: ServingNode;
let client: NodeClient;
let output: CollectedOutput;
let errors: CollectedOutput;
const settings: Settings = {
  format: 'table',
  zone: 'Z',
  consistency: 'linearizable',
  isTiming: false,
  isWide: false,
};

beforeAll(async () => {
  node = await serveNode();
  client = new NodeClient([node.url]);
});
afterAll(async () => {
  client.close();
  await node.stop();
});
beforeEach(() => {
  output = new CollectedOutput();
  errors = new CollectedOutput();
});

function run(text: string, changed: Partial<Settings> = {}, keepsGoing = false): Promise<number> {
  const context = { client, settings: { ...settings, ...changed }, output, widthColumns: () => undefined };
  return runScript(text.split('\n'), context, { name: 'a.sql', keepsGoing, errors });
}

describe('a script', () => {
  it('carries out statements one after the other', async () => {
    const text = `-- setup
create database root.plant;
insert into root.plant.line1(time, temperature, note)
  values (1000, 20.5, 'ok'), (2000, null, 'it''s;'), (3000, 21, null);
select * from root.plant.line1; count timeseries root.plant.**`;
    expect(await run(text, { zone: '+01:00' })).toBe(0);
    expect(errors.text).toBe('');
    expect(output.text).toMatchInlineSnapshot(`
      "done
      done
      Time                           root.plant.line1.note  root.plant.line1.temperature
      ─────────────────────────────  ─────────────────────  ────────────────────────────
      1970-01-01T01:00:01.000+01:00  ok                                             20.5
      1970-01-01T01:00:02.000+01:00  it's;                                          null
      1970-01-01T01:00:03.000+01:00  null                                           21.0
      3 rows
      count(timeseries)
      ─────────────────
                      2
      1 row
      "
    `);
  });

  it('stops at the first statement that fails, and marks the place', async () => {
    expect(await run('show databases;\n\nselect s1\n  root.plant;\nshow devices;', { format: 'csv' })).toBe(1);
    expect(output.text).toMatch(/^Database,/);
    expect(output.text).not.toContain('Device,');
    expect(errors.text).toMatchInlineSnapshot(`
      "balsa: a.sql: SQL_SYNTAX: line 4, column 3: expected an operator, ".", ",", "(", AS or FROM, found "root"
          root.plant
          ^^^^
      "
    `);
  });

  it('goes on if that is wanted, and tells what the node says', async () => {
    const text =
      'select count(temperature), temperature from root.plant.line1;\ncreate database root.plant;\n\\nothing\ncount devices;';
    expect(await run(text, { format: 'ndjson' }, true)).toBe(1);
    expect(output.text).toMatch(/\n\[\d+\]\n$/);
    expect(errors.text).toMatchInlineSnapshot(`
      "balsa: a.sql, line 1: 701 SEMANTIC_ERROR: line 1, column 28: a series stands beside aggregations here
      balsa: a.sql, line 2: 501 DATABASE_ALREADY_EXISTS: root.plant has already been created as a database
      balsa: a.sql, line 3: COMMAND_UNKNOWN: there is no \\nothing: \\consistency, \\format, \\help, \\plot, \\q, \\timing, \\wide, \\zone are
      "
    `);
  });

  it('takes the commands of the prompt', async () => {
    expect(
      await run(
        '\\format csv\nselect temperature from root.plant.line1;\n\\plot select temperature from root.plant.line1\n\\q\nnothing',
      ),
    ).toBe(0);
    expect(output.text).toContain('1000,20.5\n3000,21\n');
    expect(output.text).toContain('⣀');
    expect(errors.text).toBe('');
  });

  it('reads a file, of any size, a line at a time', () =>
    inScratchFolder(async (folder) => {
      const path = join(folder, 'many.sql');
      await writeFile(path, 'count databases;\r\n'.repeat(300));
      const context = {
        client,
        settings: { ...settings, format: 'ndjson' as const },
        output,
        widthColumns: () => undefined,
      };
      expect(await runScript(linesOfFile(path), context, { name: path, keepsGoing: false, errors })).toBe(0);
      expect(output.text.match(/^\[1\]$/gm)).toHaveLength(300);
      await expect(linesOfFile(join(folder, 'none.sql')).next()).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
    }));

  it('takes the next node when the first does not answer, and 69 is the exit code when none does', async () => {
    const away = new NodeClient([new URL('http://127.0.0.1:1')]);
    const context = { client: away, settings, output, widthColumns: () => undefined };
    expect(await runScript(['flush;', 'flush;'], context, { name: '-e', keepsGoing: true, errors })).toBe(69);
    expect(errors.text.split('\n')).toHaveLength(2);
    away.close();
  });
});

describe('balsa sql', () => {
  const sql = (words: readonly string[], input?: string) =>
    inScratchFolder((folder) => startBalsa(['sql', ...words], folder, input).ended);

  it('takes statements from -e', async () => {
    const ended = await sql(['--node', node.url.host, '-e', 'count databases', '--format', 'csv']);
    expect(ended).toEqual({ exitCode: 0, stdout: 'count(database)\n1\n', stderr: '' });
  });

  it('takes statements from standard input', async () => {
    const words = ['--node', '127.0.0.1:1', '--node', node.url.href, '--format', 'csv'];
    expect(await sql(words, 'count databases;\nselect')).toMatchObject({
      exitCode: 1,
      stdout: 'count(database)\n1\n',
      stderr: expect.stringContaining('standard input: SQL_SYNTAX: line 2, column 7'),
    });
  });

  it('says that no node answers', async () => {
    const ended = await runHere(['sql', '--node', '127.0.0.1:1', '-e', 'flush']);
    expect(ended).toMatchObject({ exitCode: 69, stderr: expect.stringContaining('NODES_UNAVAILABLE') });
  });

  it.each([
    [['--node', '::'], 'Give an address such as http://127.0.0.1:7201.'],
    [['--zone', 'Mars'], 'there is no time zone "Mars"'],
    [['--format', 'xml'], 'Allowed choices are table, csv, json, ndjson.'],
  ])('%j is wrong usage', async (words, hint) => {
    expect(await runHere(['sql', ...words])).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(hint) });
  });
});
