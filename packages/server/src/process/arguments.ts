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
  const problems = positionals.map((word) => `${word}: unexpected word; settings are given as --name value`);
  const { config, 'exit-with-parent': exitWithParent, ...others } = values;
  const flags: Record<string, string> = {};
  for (const [name, value] of Object.entries({ ...others, ...(config === undefined ? {} : { config }) })) {
    if (typeof value === 'string') {
      flags[name] = value;
    } else if (settings.some((setting) => setting.flagName === name) || name === 'config') {
      problems.push(`--${name}: expected a value after it`);
    } else {
      flags[name] = ''; // Unknown: the configuration names the nearest known one.
    }
  }
  if (problems.length > 0) {
    throw new ServerError('CONFIG_INVALID', problems.join('\n  '));
  }
  const { config: configFile, ...settingFlags } = flags;
  return { configFile, flags: settingFlags, exitWithParent: exitWithParent === true };
}
