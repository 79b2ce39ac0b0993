import { StatusCode } from '@balsa/wire';
import { describe, expect, it } from 'vitest';
import { hashPassword, isPasswordHash, passwordMatches } from './password-hash.ts';
import { Users } from './users.ts';

describe('password hashes', () => {
  it('match their password, in whatever form of Unicode, and no other', async () => {
    const hash = await hashPassword('grün');
    expect(isPasswordHash(hash)).toBe(true);
    expect(await hashPassword('grün')).not.toBe(hash);
    expect(await passwordMatches('gru\u0308n', hash)).toBe(true);
    expect(await passwordMatches('grun', hash)).toBe(false);
  });

  // By Python 3.11: hashlib.scrypt(b'correct horse', salt=bytes(range(16)), n=1024, r=8, p=1, dklen=32)
  it('are those of another implementation', async () => {
    const hash = 'scrypt$10$8$1$AAECAwQFBgcICQoLDA0ODw$nfkj3u1fRTHCea-fVr03sWV770kp5wLOLoEakziKhqE';
    expect(await passwordMatches('correct horse', hash)).toBe(true);
  });

  it('that would cost too much are none', () => {
    const tail = `$${'A'.repeat(22)}$${'A'.repeat(43)}`;
    for (const cost of ['30$8$1', '15$99$1', '0$8$1', '15$0$1', 'x$8$1'])
      expect(isPasswordHash(`scrypt$${cost}${tail}`), cost).toBe(false);
    expect(isPasswordHash(`scrypt$14$8$1${tail}`)).toBe(true);
  });
});

describe('Users', () => {
  it('are whom they say they are, again and again', async () => {
    const users = new Users([{ name: 'ada', passwordHash: await hashPassword('secret') }]);
    expect(users.areChecked).toBe(true);
    await users.check('ada', 'secret');
    await users.check('ada', 'secret');
    const wrong = { status: StatusCode.WRONG_LOGIN_PASSWORD };
    await expect(users.check('ada', 'Secret')).rejects.toMatchObject(wrong);
    await expect(users.check('bob', 'secret')).rejects.toMatchObject(wrong);
    await expect(users.check('', '')).rejects.toMatchObject(wrong);
    expect(new Users([]).areChecked).toBe(false);
  });

  it('that come all at once with the same password are checked once', async () => {
    const users = new Users([{ name: 'ada', passwordHash: await hashPassword('secret') }]);
    const checks = Array.from({ length: 500 }, () => users.check('ada', 'secret'));
    expect((await Promise.allSettled(checks)).filter(({ status }) => status === 'rejected')).toEqual([]);
  });

  it('that guess too often at a time wait no longer', async () => {
    const users = new Users([{ name: 'ada', passwordHash: `scrypt$1$8$1$${'A'.repeat(22)}$${'A'.repeat(43)}` }]);
    const guesses = await Promise.allSettled(Array.from({ length: 120 }, (_, i) => users.check('ada', String(i))));
    const codes = guesses.map((guess) => (guess.status === 'rejected' ? guess.reason.status : undefined));
    expect(codes.filter((code) => code === StatusCode.WRITE_PROCESS_REJECT)).toHaveLength(20);
    expect(codes.filter((code) => code === StatusCode.WRONG_LOGIN_PASSWORD)).toHaveLength(100);
  });
});
