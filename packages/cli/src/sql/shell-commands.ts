// What begins with a backslash is for the shell itself.

import { parseZone } from '@balsa/sql';
import { CliError } from '../errors.ts';
import { outputFormats } from './output/result-writer.ts';
import type { Settings } from './settings.ts';

export type ShellCommand =
  | { readonly kind: 'quit' }
  | { readonly kind: 'say'; readonly text: string }
  /** `statement`: to be carried out before; `undefined`: what is there is drawn. */
  | { readonly kind: 'plot'; readonly statement: string | undefined };

export const shellCommandNames: readonly string[] = [
  '\\consistency',
  '\\format',
  '\\help',
  '\\plot',
  '\\q',
  '\\timing',
  '\\wide',
  '\\zone',
];

const shellHelp = `A statement ends with a semicolon and may have several lines.

  \\plot [SELECT ...]                 draw the last result, or that of a statement
  \\format table|csv|json|ndjson      how results are shown
  \\timing on|off                     tell how long statements take
  \\wide on|off                       show columns and texts whole, however wide
  \\zone +08:00                       zone of times, in statements and in tables
  \\consistency linearizable|local    local: what the node has, without asking others
  \\help                              this
  \\q                                 leave

Tab completes keywords, and paths from root on. Ctrl-C ends what runs, or drops
what was typed; Ctrl-D leaves. docs/shell.md tells more.`;

/** Carries out what concerns settings alone. @throws CliError COMMAND_UNKNOWN, with what there is. */
export function shellCommand(text: string, settings: Settings): ShellCommand {
  const [name = '', ...words] = text.split(/\s+/);
  const argument = words.join(' ');
  switch (name) {
    case '\\q':
    case '\\quit':
      return { kind: 'quit' };
    case '\\help':
    case '\\?':
      return say(shellHelp);
    case '\\plot':
      return { kind: 'plot', statement: argument === '' ? undefined : text.slice(name.length).trim() };
    case '\\format':
      settings.format = choice(name, argument, outputFormats, settings.format);
      return say(`format ${settings.format}`);
    case '\\timing':
      settings.isTiming = onOff(name, argument, settings.isTiming);
      return say(`timing ${onOffText(settings.isTiming)}`);
    case '\\wide':
      settings.isWide = onOff(name, argument, settings.isWide);
      return say(`wide ${onOffText(settings.isWide)}`);
    case '\\consistency':
      settings.consistency = choice(name, argument, ['linearizable', 'local'], settings.consistency);
      return say(`consistency ${settings.consistency}`);
    case '\\zone':
      if (argument !== '') {
        parseZone(argument);
        settings.zone = argument;
      }
      return say(`zone ${settings.zone}`);
    default:
      throw new CliError('COMMAND_UNKNOWN', `there is no ${name}: ${shellCommandNames.join(', ')} are`);
  }
}

function say(text: string): ShellCommand {
  return { kind: 'say', text };
}

function onOff(name: string, argument: string, current: boolean): boolean {
  return choice(name, argument, ['on', 'off'], onOffText(current)) === 'on';
}

function onOffText(isOn: boolean): 'on' | 'off' {
  return isOn ? 'on' : 'off';
}

/** Nothing said: as it is. */
function choice<Choice extends string>(
  name: string,
  argument: string,
  choices: readonly Choice[],
  current: Choice,
): Choice {
  if (argument === '') return current;
  const chosen = choices.find((each) => each === argument.toLowerCase());
  if (chosen !== undefined) return chosen;
  throw new CliError('COMMAND_UNKNOWN', `${name} takes ${choices.join(', ')}, not "${argument}"`);
}
