import type { Span } from '../span.ts';

/** What was called by a name: a measurement, an alias, a data type. Without its backquotes. */
export interface Name {
  readonly text: string;
  readonly span: Span;
}

export type PathNode =
  | { readonly kind: 'name'; readonly name: string }
  /** A part of a name, with `*` before it, behind it, or both: `temp*`, `*_raw`. */
  | { readonly kind: 'pattern'; readonly anyBefore: boolean; readonly part: string; readonly anyBehind: boolean }
  /** `*`: any one node. */
  | { readonly kind: 'any' }
  /** `**`: one node or several. */
  | { readonly kind: 'anyDepth' };

export interface Path {
  /** Whether it begins with `root`; otherwise it continues each path of FROM. */
  readonly isAbsolute: boolean;
  /** Without `root`. */
  readonly nodes: readonly PathNode[];
  readonly span: Span;
}
