import { InvalidArgumentError } from 'commander';

/** Where a node of the default configuration answers HTTP. */
export const DEFAULT_NODE = 'http://127.0.0.1:7201';

/** For commander: `--node` as often as there are nodes, or with commas between them. */
export function addNodes(text: string, before: readonly URL[] | undefined): URL[] {
  return [...(before ?? []), ...text.split(',').map(parseNode)];
}

export function parseNode(text: string): URL {
  const url = /^https?:\/\//.test(text) ? text : `http://${text.trim()}`;
  if (!URL.canParse(url)) throw new InvalidArgumentError(`Give an address such as ${DEFAULT_NODE}.`);
  return new URL(url);
}
