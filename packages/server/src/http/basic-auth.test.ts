import { afterAll, beforeAll, expect, test } from 'vitest';
import { hashPassword } from '../auth/password-hash.ts';
import { startTestNode, type TestNode } from '../testing/test-node.ts';

let node: TestNode;

beforeAll(async () => {
  const users = [{ name: 'root', passwordHash: await hashPassword('ro:ot') }];
  node = await startTestNode({ 'auth-users': JSON.stringify(users) });
});

afterAll(() => node.stop());

const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;

async function show(authorization?: string): Promise<{ http: number; challenge: string | null; body: unknown }> {
  const headers = { 'content-type': 'application/json', ...(authorization === undefined ? {} : { authorization }) };
  const body = JSON.stringify({ sql: 'count databases' });
  const response = await fetch(`${node.url}/rest/v2/query`, { method: 'POST', headers, body });
  return { http: response.status, challenge: response.headers.get('www-authenticate'), body: await response.json() };
}

test('data is for those who are known', async () => {
  expect(await show(basic('root:ro:ot'))).toMatchObject({ http: 200, body: { values: [[0]] } });
  expect(await show()).toMatchObject({ http: 401, challenge: expect.stringContaining('Basic'), body: { code: 800 } });
  for (const wrong of ['root:root', 'nobody:ro:ot', ':', 'root:']) {
    expect(await show(basic(wrong)), wrong).toMatchObject({ http: 401, body: { code: 801 } });
  }
  for (const malformed of ['Basic', 'Basic !', 'Bearer abc', basic('root')]) {
    expect(await show(malformed), malformed).toMatchObject({ http: 400, body: { code: 303 } });
  }
  const range = await fetch(`${node.url}/api/v1/range?device=root.d&measurements=s&startMs=0&endMs=1`);
  expect(range.status).toBe(401);
  expect((await fetch(`${node.url}/grafana/v1/login`)).status).toBe(401);
});

test('how the node is, everybody may know', async () => {
  for (const path of ['/ping', '/metrics', '/status'])
    expect((await fetch(`${node.url}${path}`)).status, path).toBe(200);
});
