// Paths in the tree of series, as IoTDB writes them: `root.plant.line1`. A path is kept in one canonical form, so that
// two spellings of the same path can never become two devices.

/** Longest accepted path, in UTF-16 code units. */
export const pathCharsMax = 512;

// One node: letters, digits, underscore and CJK bare, anything else in backticks with inner backticks doubled.
const pathNode = /([0-9a-zA-Z_\u2E80-\u9FFF]+)|`((?:[^`]|``)+)`/y;
const bareNode = /^[0-9a-zA-Z_\u2E80-\u9FFF]+$/;
// A bare node may not read as a number.
const realNumber = /^[0-9]+(?:[eE][0-9]+)?$/;

/** The canonical form of a device path (`root` and at least one node below it), or `undefined` if it is not legal. */
export function canonicalDevice(path: string): string | undefined {
  const nodes = canonicalNodes(path);
  return nodes !== undefined && nodes.length >= 2 && nodes[0] === 'root' ? nodes.join('.') : undefined;
}

/** The canonical form of a measurement name (exactly one node), or `undefined` if it is not legal. */
export function canonicalMeasurement(name: string): string | undefined {
  const nodes = canonicalNodes(name);
  return nodes !== undefined && nodes.length === 1 ? nodes[0] : undefined;
}

/** What a device pattern selects: one device, or every device below a prefix (`root.plant.**`). */
export type DevicePattern =
  | { readonly kind: 'device'; readonly device: string }
  | { readonly kind: 'below'; readonly prefix: string };

/** Reads a device path that may end in `.**`; `undefined` if it is not legal. */
export function devicePattern(pattern: string): DevicePattern | undefined {
  if (!pattern.endsWith('.**')) {
    const device = canonicalDevice(pattern);
    return device === undefined ? undefined : { kind: 'device', device };
  }
  const nodes = canonicalNodes(pattern.slice(0, -'.**'.length));
  return nodes !== undefined && nodes[0] === 'root' ? { kind: 'below', prefix: `${nodes.join('.')}.` } : undefined;
}

/** The nodes of a path, each in its canonical form; `undefined` if it is not legal. */
export function canonicalNodes(path: string): string[] | undefined {
  if (path.length > pathCharsMax) return undefined;
  const nodes: string[] = [];
  let position = 0;
  for (;;) {
    pathNode.lastIndex = position;
    const match = pathNode.exec(path);
    if (match === null) return undefined;
    const node = canonicalNode(match[1], match[2]);
    if (node === undefined) return undefined;
    nodes.push(node);
    position = pathNode.lastIndex;
    if (position === path.length) return nodes;
    if (path[position] !== '.') return undefined;
    position++;
  }
}

function canonicalNode(bare: string | undefined, quoted: string | undefined): string | undefined {
  if (bare !== undefined) return realNumber.test(bare) ? undefined : bare;
  const content = (quoted ?? '').replaceAll('``', '`');
  const needsNoQuotes = bareNode.test(content) && !realNumber.test(content);
  return needsNoQuotes ? content : `\`${quoted}\``;
}
