// Who may use the node, by name and password. To check a password costs much on purpose, and takes a thread that the disk may want: one is
// checked at a time, and what was right is remembered.

import { createHash } from 'node:crypto';
import { StatusCode } from '@balsa/wire';
import type { UserConfig } from '../config/node-config.ts';
import { Refusal } from '../service/refusal.ts';
import { passwordMatches } from './password-hash.ts';

/** Checks that may wait for their turn. */
const waitingMax = 100;
/** Pairs of name and password that are remembered to be right. */
const rememberedMax = 1000;

/** Checked in the place of the hash of somebody who does not exist, so that both take equally long. */
const nobody = `scrypt$15$8$1$${'A'.repeat(22)}$${'A'.repeat(43)}`;

export class Users {
  readonly #hashes: ReadonlyMap<string, string>;
  readonly #right = new Set<string>();
  /** Pairs that are being checked, or wait for it: whoever else sends the same waits for the same. */
  readonly #underWay = new Map<string, Promise<boolean>>();
  #lastCheck: Promise<unknown> = Promise.resolve();

  constructor(users: readonly UserConfig[]) {
    this.#hashes = new Map(users.map(({ name, passwordHash }) => [name, passwordHash]));
  }

  /** Without users, everybody may use the node. */
  get areChecked(): boolean {
    return this.#hashes.size > 0;
  }

  /** @throws Refusal WRONG_LOGIN_PASSWORD; WRITE_PROCESS_REJECT: too many are being checked. */
  async check(name: string, password: string): Promise<void> {
    const pair = createHash('sha256').update(`${name}\0${password}`).digest('base64');
    if (this.#right.has(pair)) return;
    if (!(await this.#matches(pair, name, password))) {
      throw new Refusal(StatusCode.WRONG_LOGIN_PASSWORD, 'wrong name or password');
    }
    if (this.#right.size >= rememberedMax) this.#right.clear();
    this.#right.add(pair);
  }

  #matches(pair: string, name: string, password: string): Promise<boolean> {
    const underWay = this.#underWay.get(pair);
    if (underWay !== undefined) return underWay;
    if (this.#underWay.size >= waitingMax) {
      throw new Refusal(StatusCode.WRITE_PROCESS_REJECT, 'too many passwords are being checked: ask again');
    }
    const hash = this.#hashes.get(name);
    const check = this.#lastCheck
      .then(() => passwordMatches(password, hash ?? nobody))
      .then((matches) => matches && hash !== undefined)
      .finally(() => this.#underWay.delete(pair));
    this.#lastCheck = check.catch(() => {});
    this.#underWay.set(pair, check);
    return check;
  }
}
