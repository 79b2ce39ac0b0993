// Messages quote what a file says, which may be any length.

const charactersMax = 1000;

/** For people to read. */
export function shorten(message: string): string {
  return message.length > charactersMax ? `${message.slice(0, charactersMax)}…` : message;
}
