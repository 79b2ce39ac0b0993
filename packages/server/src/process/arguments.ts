// The command line of a node process. Every setting is a flag; which ones exist is for the configuration to say.

import { parseArgs } from 'node:util';
import { settings } from '../config/setting.ts';
import { ServerError } from '../errors.ts';

export interface NodeArguments {
  readonly configFile: string | undefined;
  /** Flag names without hyphens to their text. */
  readonly flags: Readonly<Record<string, string>>;
  /** End when standard input closes: whoever started this process is gone. */
  readonly exitWithParent: boolean;
}

/** @throws ServerError CONFIG_INVALID for a flag without its value, or a word that is no flag. */
export function parseNodeArguments(words: readonly string[]): NodeArguments {
  const { values, positionals } = parseArgs({
    args: [...words],
    strict: false,
    options: {
      config: { type: 'string' },
      'exit-with-parent': { type: 'boolean' },
      ...Object.fromEntries(settings.map((setting) => [setting.flagName, { type: 'string' as const }])),
    },
  });
  const { config, 'exit-with-parent': exitWithParent, ...others } = values;
  const problems: string[] = [];
  const flags: Record<string, string> = {};
  let unknownFlags = 0;
  for (const [name, value] of Object.entries(others)) {
    const isKnown = settings.some((setting) => setting.flagName === name);
    if (isKnown && typeof value !== 'string') {
      problems.push(`--${name}: expected a value after it`);
    } else {
      flags[name] = typeof value === 'string' ? value : '';
      unknownFlags += isKnown ? 0 : 1;
    }
  }
  if (config !== undefined && typeof config !== 'string') {
    problems.push('--config: expected a file after it');
  }
  if (unknownFlags === 0) {
    // Otherwise the words may be the values of the unknown flags, for which the configuration names the nearest known.
    problems.push(...positionals.map((word) => `${word}: unexpected word; settings are given as --name value`));
  }
  if (problems.length > 0) {
    throw new ServerError('CONFIG_INVALID', problems.join('\n  '));
  }
  return {
    configFile: typeof config === 'string' ? config : undefined,
    flags,
    exitWithParent: exitWithParent === true,
  };
}
