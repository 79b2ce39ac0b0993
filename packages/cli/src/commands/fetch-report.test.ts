import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { findFreePorts } from '@balsa/replica';
import { BalsaNode, loadConfig } from '@balsa/server';
import { describe, expect, it } from 'vitest';
import { createStyle } from '../terminal/style.ts';
import { inScratchFolder } from '../testing/run-balsa.ts';
import { sampleReport } from '../testing/sample-report.ts';
import { fetchReport } from './fetch-report.ts';
import { renderReport } from './report-text.ts';

/** What comes of a server that answers everything with this. */
async function outcomeOf(status: number, body: string): Promise<unknown> {
  const asked: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url);
    response.writeHead(status).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  try {
    return { asked, ...(await fetchReport(new URL(`http://127.0.0.1:${port}/`), 1)) };
  } catch (error) {
    return error;
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

/** The sample with something else in one place. */
function spoilt(change: object): string {
  return JSON.stringify({ ...sampleReport, ...change });
}

describe('fetchReport', () => {
  it('returns a report as it came', async () => {
    const text = JSON.stringify(sampleReport);
    expect(await outcomeOf(200, text)).toEqual({ asked: ['/report?group=1'], text, report: JSON.parse(text) });
  });

  it.each([
    ['a web page', '<html>', 'the answer is no report, at its beginning: no JSON'],
    ['some JSON', '{"code":200}', 'the answer is no report, at reportVersion'],
    ['a report to come', spoilt({ reportVersion: 2 }), 'the report has version 2, and this command reads 1'],
    ['a field missing', spoilt({ log: {} }), 'the report is not as expected at "log.flushes"'],
    [
      'routes that are none',
      spoilt({ groups: [{ ...sampleReport.groups[0], routes: [{ node: 1, takesFragments: false, receivers: [5] }] }] }),
      'not as expected at "groups[0].routes[0].receivers[0]"',
    ],
  ])('refuses %s', async (_, body, message) => {
    const outcome = await outcomeOf(200, body);
    expect(outcome).toMatchObject({ code: 'REPORT_UNREADABLE' });
    expect((outcome as Error).message).toContain(message);
  });

  it.each([
    [
      'as the node says',
      404,
      '{"code":9004,"message":"there is no group 1"}',
      'refuses with 9004: there is no group 1',
    ],
    ['without a word', 502, 'Bad Gateway', 'refuses with 502: it gives no reason'],
  ])('tells of a refusal %s', async (_, status, body, message) => {
    const outcome = await outcomeOf(status, body);
    expect(outcome).toMatchObject({ code: 'REPORT_REFUSED' });
    expect((outcome as Error).message).toContain(message);
  });

  it('tells that nobody is there', async () => {
    const [port] = await findFreePorts(1);
    await expect(fetchReport(new URL(`http://127.0.0.1:${port}`))).rejects.toMatchObject({
      code: 'NODE_UNREACHABLE',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });

  it('reads what a node gives', () =>
    inScratchFolder(async (folder) => {
      const [peer, client, http] = (await findFreePorts(3)).map((port) => `127.0.0.1:${port}`);
      const members = JSON.stringify([{ id: 1, peer, client, http }]);
      const node = await BalsaNode.start(loadConfig({ flags: { members, 'data-folder': join(folder, 'data') } }));
      try {
        const { report } = await fetchReport(new URL(`http://${http}`));
        const lines = renderReport(report, createStyle(false));
        expect(lines[0]).toContain('node 1 of balsa: ');
        expect(lines.filter((line) => line.startsWith('group '))).toHaveLength(2);
      } finally {
        await node.stop();
      }
    }));
});
