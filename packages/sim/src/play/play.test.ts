import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { perform } from './play.ts';

const folder = fileURLToPath(new URL('../../testdata/scenarios/', import.meta.url));
const scripts = readdirSync(folder).filter((name) => name.endsWith('.txt') && !name.endsWith('.golden.txt'));

describe('the classic cases', () => {
  it('are there', () => {
    expect(scripts.length).toBeGreaterThanOrEqual(14);
  });

  // `npm run test:unit -- packages/sim -u` writes the transcripts anew.
  it.each(scripts)('%s goes as its transcript says', async (name) => {
    const transcript = perform(readFileSync(`${folder}${name}`, 'utf8'));
    await expect(transcript).toMatchFileSnapshot(`${folder}${name.replace('.txt', '.golden.txt')}`);
  });
});

describe('a script', () => {
  it.each([
    ['campaign 1', 1, 'a play begins with `members <count>`'],
    ['members 10', 1, 'a number of members is expected, from 1 to 9, not `10`'],
    ['members 3 batches', 1, '`apart` is missing'],
    ['members 3\n# a comment\n\ndance 1', 4, 'there is no verb `dance`'],
    ['members 3\ncampaign 4', 2, 'a member is expected, from 1 to 3, not `4`'],
    ['members 3\ntick 1', 2, 'a number of ticks is missing'],
    ['members 3\ncrash 1 2', 2, 'nothing more is expected, but there is `2`'],
    ['members 3\ndeliver letters', 2, '`letters` is no type of message'],
    ['members 3\ndeliver append 1>4', 2, 'a member is expected'],
    ['members 3\nlose 1 without 2', 2, '`keep` is expected, not `without`'],
    ['members 8 newcomers 2', 1, 'a number of newcomers is expected, from 1 to 1, not `2`'],
    ['members 2 newcomers 1\ncampaign 4', 2, 'a member is expected, from 1 to 3, not `4`'],
    ['members 3\nreconfigure 1 learners 2', 2, '`voters` is expected, not `learners`'],
    ['members 3\nreconfigure 1 voters 1 4', 2, 'a member is expected, from 1 to 3, not `4`'],
    ['members 3\nreconfigure 1 voters 1 2 prefers', 2, 'a member is missing'],
    ['members 3\ntransfer 1', 2, 'a member is missing'],
    ['members 3\nsettle oldest append', 2, '`oldest` is no type of message'],
    ['members 3\nexpect rain', 2, '`rain` cannot be expected'],
    ['members 3\nexpect role 1 king', 2, 'there is no role `king`'],
  ])('that says %j is refused', (script, line, message) => {
    expect(() => perform(script)).toThrowError(expect.objectContaining({ code: 'SCRIPT_SYNTAX', line }));
    expect(() => perform(script)).toThrowError(`line ${line}: ${message}`);
  });

  const elected = 'members 3\ncampaign 1\nsettle\n';

  it.each([
    ['expect leader 2', 'leader 2 is expected, leader 1 is found'],
    ['expect leader none', 'leader none is expected, leader 1 is found'],
    ['expect role 2 leader', 'leader is expected, follower is found'],
    ['expect term 1 2', 'term 2 is expected, term 1 is found'],
    ['expect commit 1 2', 'commit 2 is expected, commit 1 is found'],
    ['expect log 3 1 1', 'log 1 1 is expected, log 1 is found'],
    ['campaign 1', '1 does not ask for votes'],
    ['propose 2', '2 does not lead'],
    ['deliver append', 'nothing like it is on the wire'],
    ['drop *>2', 'nothing like it is on the wire'],
    ['start 1', '1 is up'],
    ['lose 1 keep 0', '1 is up'],
    ['deliver oldest append', 'nothing like it is on the wire'],
    ['reconfigure 2 voters 1 2', '2 refuses: only the leader can change the members'],
    ['transfer 2 3', '2 refuses: notLeader'],
    ['expect base 1 1', 'base 1 is expected, base 0 is found'],
    ['expect members 1 voters 1 2', '1 2 is expected, 1 2 3 is found'],
    ['expect removed 2', 'removed is expected, not removed is found'],
    ['crash 1\ncrash 1', '1 is down'],
    ['crash 1\nlose 1 keep 1', 'the disk of 1 holds 1 batches'],
  ])('that says %j, when it is not so, fails', (lines, message) => {
    expect(() => perform(elected + lines)).toThrowError(expect.objectContaining({ code: 'SCRIPT_UNMET' }));
    expect(() => perform(elected + lines)).toThrowError(message);
  });
});
