import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';

// In a process of its own: here the test runner listens too. Node 20 runs no TypeScript, so it is the built file.
const module = new URL('../dist/unhandled.js', import.meta.url).href;

it('a promise that rejects with nobody to hear is heard, while somebody watches', () => {
  const script = `
    import { watchUnhandled } from ${JSON.stringify(module)};
    const heard = [];
    const stop = watchUnhandled((error) => heard.push(error.message));
    Promise.reject(new Error('first'));
    const handled = Promise.reject(new Error('second'));
    handled.catch(() => {});
    await new Promise(setImmediate);
    stop();
    console.log(JSON.stringify(heard), process.listenerCount('unhandledRejection'));`;
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  expect(output.trim()).toBe('["first"] 0');
});
