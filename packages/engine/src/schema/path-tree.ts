// Databases, devices and their measurements as the tree that their paths make, so that a pattern visits only what it may take.

import { advance, isTaken, type PathPattern, type PatternProgress, patternStart } from '../path-pattern.ts';

/** A node of the tree, with what ends there. */
export interface TreeNode<Device> {
  /** Canonical; `root` has one, too. */
  readonly name: string;
  readonly path: string;
  readonly device: Device | undefined;
  readonly isDatabase: boolean;
  /** By name in code unit order. */
  readonly children: readonly TreeNode<Device>[];
  child(name: string): TreeNode<Device> | undefined;
}

class Node<Device> implements TreeNode<Device> {
  readonly name: string;
  readonly parent: Node<Device> | undefined;
  device: Device | undefined = undefined;
  isDatabase = false;
  /** Absent while there are none: most nodes are leaves. */
  #byName: Map<string, Node<Device>> | undefined;
  /** `undefined` when children were added or removed since it was made. */
  #sorted: readonly Node<Device>[] | undefined;

  constructor(name: string, parent: Node<Device> | undefined) {
    this.name = name;
    this.parent = parent;
  }

  get path(): string {
    return this.parent === undefined ? this.name : `${this.parent.path}.${this.name}`;
  }

  get children(): readonly Node<Device>[] {
    if (this.#byName === undefined) return [];
    this.#sorted ??= [...this.#byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    return this.#sorted;
  }

  get isNeeded(): boolean {
    return this.#byName !== undefined || this.device !== undefined || this.isDatabase;
  }

  child(name: string): Node<Device> | undefined {
    return this.#byName?.get(name);
  }

  childOrNew(name: string): Node<Device> {
    const known = this.child(name);
    if (known !== undefined) return known;
    const fresh = new Node<Device>(name, this);
    this.#byName ??= new Map();
    this.#byName.set(name, fresh);
    this.#sorted = undefined;
    return fresh;
  }

  remove(name: string): void {
    this.#byName?.delete(name);
    if (this.#byName?.size === 0) this.#byName = undefined;
    this.#sorted = undefined;
  }
}

export class PathTree<Device> {
  readonly #root = new Node<Device>('root', undefined);

  get root(): TreeNode<Device> {
    return this.#root;
  }

  setDevice(names: readonly string[], device: Device): void {
    this.#make(names).device = device;
  }

  removeDevice(names: readonly string[]): void {
    const node = this.#find(names);
    if (node === undefined) return;
    node.device = undefined;
    this.#prune(node);
  }

  setDatabase(names: readonly string[]): void {
    this.#make(names).isDatabase = true;
  }

  removeDatabase(names: readonly string[]): void {
    const node = this.#find(names);
    if (node === undefined) return;
    node.isDatabase = false;
    this.#prune(node);
  }

  /** The database on the way to a path, or at its end. */
  databaseAbove(names: readonly string[]): TreeNode<Device> | undefined {
    let node: Node<Device> | undefined = this.#root;
    for (const name of names) {
      node = node.child(name);
      if (node === undefined || node.isDatabase) return node;
    }
    return undefined;
  }

  /** Some database below a path, not at its end. */
  databaseBelow(names: readonly string[]): TreeNode<Device> | undefined {
    const start = this.#find(names);
    const waiting: TreeNode<Device>[] = start === undefined ? [] : [...start.children];
    for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
      if (node.isDatabase) return node;
      waiting.push(...node.children);
    }
    return undefined;
  }

  /**
   * Every node whose path, or the beginning of whose path, a pattern may take, by path in code unit order, with how far the
   * pattern has come there. `root` comes first.
   */
  *visit(pattern: PathPattern): Generator<Visit<Device>, void, undefined> {
    yield* visitBelow(this.#root, pattern, patternStart);
  }

  /** The nodes that a pattern takes, by path in code unit order. */
  *match(pattern: PathPattern): Generator<TreeNode<Device>, void, undefined> {
    for (const { node, progress } of this.visit(pattern)) if (isTaken(pattern, progress)) yield node;
  }

  #find(names: readonly string[]): Node<Device> | undefined {
    let node: Node<Device> | undefined = this.#root;
    for (const name of names) {
      node = node.child(name);
      if (node === undefined) return undefined;
    }
    return node;
  }

  #make(names: readonly string[]): Node<Device> {
    let node = this.#root;
    for (const name of names) node = node.childOrNew(name);
    return node;
  }

  #prune(from: Node<Device>): void {
    for (let node = from; node.parent !== undefined && !node.isNeeded; node = node.parent)
      node.parent.remove(node.name);
  }
}

export interface Visit<Device> {
  readonly node: TreeNode<Device>;
  readonly progress: PatternProgress;
}

function* visitBelow<Device>(
  node: TreeNode<Device>,
  pattern: PathPattern,
  progress: PatternProgress,
): Generator<Visit<Device>, void, undefined> {
  yield { node, progress };
  for (const child of childrenTaken(node, pattern, progress)) yield* visitBelow(child.node, pattern, child.progress);
}

/** The children with which, or below which, a pattern may take a path, if it has come so far at their parent; by name. */
export function* childrenTaken<Device>(
  node: TreeNode<Device>,
  pattern: PathPattern,
  progress: PatternProgress,
): Generator<Visit<Device>, void, undefined> {
  for (const child of candidates(node, pattern, progress)) {
    const next = advance(pattern.nodes, progress, child.name);
    if (next.length > 0) yield { node: child, progress: next };
  }
}

/** Where the pattern goes on with a name, only that child need be looked at. */
function candidates<Device>(
  node: TreeNode<Device>,
  { nodes }: PathPattern,
  progress: PatternProgress,
): readonly TreeNode<Device>[] {
  if (progress.length > 1) return node.children;
  const next = nodes[progress[0]!];
  if (next === undefined) return [];
  if (next.kind !== 'name') return node.children;
  const child = node.child(next.name);
  return child === undefined ? [] : [child];
}
