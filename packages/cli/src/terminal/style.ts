/** Turns text into text with a terminal's colours, or leaves it as it is. */
export type Paint = (text: string) => string;

/** The few roles that text plays here. Roles, not colours, so that all output looks of one piece. */
export interface Style {
  strong: Paint;
  faint: Paint;
  accent: Paint;
  good: Paint;
  bad: Paint;
}

const plain: Paint = (text) => text;

/** Select Graphic Rendition codes of ECMA-48: the one that turns an attribute on, and the one that turns it off. */
const paint =
  (on: number, off: number): Paint =>
  (text) =>
    `\x1b[${on}m${text}\x1b[${off}m`;

export function createStyle(colour: boolean): Style {
  if (!colour) return { strong: plain, faint: plain, accent: plain, good: plain, bad: plain };
  return {
    strong: paint(1, 22),
    faint: paint(2, 22),
    accent: paint(36, 39),
    good: paint(32, 39),
    bad: paint(31, 39),
  };
}

/** Colour is for people: only at a terminal, and not for those who said no (https://no-color.org). */
export function wantsColour(isTerminal: boolean, env: NodeJS.ProcessEnv): boolean {
  const { NO_COLOR, TERM } = env;
  return isTerminal && (NO_COLOR === undefined || NO_COLOR === '') && TERM !== 'dumb';
}
