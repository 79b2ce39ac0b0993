import { BenchError } from '../../bench-error.ts';
import { leftBehind } from '../../system/own-name.ts';
import { runProgram, tryProgram } from '../../system/run-program.ts';
import type { SlowNode } from '../settings.ts';
import { capCommand, linkPlan, namespaceOf, namespacePattern, switchOf } from './link-plan.ts';

/** Nodes in network namespaces, each with a cap on what it sends. */
export class CappedLinks {
  readonly #nodes: number;
  readonly #egressMbit: number;
  readonly #removeAtExit = (): void => this.remove();

  /** For nodes with the ids 1 to `nodes`. Throws SYSTEM_REFUSED if this process may not, or the system cannot. */
  static open(nodes: number, egressMbit: number, slow: readonly SlowNode[]): CappedLinks {
    requireRoot();
    removeLeftovers();
    const links = new CappedLinks(nodes, egressMbit);
    try {
      for (const { program, words } of linkPlan(process.pid, nodes, egressMbit, slow)) runProgram(program, words);
      return links;
    } catch (error) {
      links.remove();
      throw error;
    }
  }

  private constructor(nodes: number, egressMbit: number) {
    this.#nodes = nodes;
    this.#egressMbit = egressMbit;
    process.once('exit', this.#removeAtExit);
  }

  /** From now on these nodes are slow, and no others. Throws SYSTEM_REFUSED. */
  slowDown(slow: readonly SlowNode[]): void {
    for (let node = 1; node <= this.#nodes; node++) {
      const { program, words } = capCommand(process.pid, node, this.#egressMbit, slow);
      runProgram(program, words);
    }
  }

  launcherOf(node: number): readonly string[] {
    return ['ip', 'netns', 'exec', namespaceOf(process.pid, node)];
  }

  /** May be called again; also the end of the process calls it. */
  remove(): void {
    process.removeListener('exit', this.#removeAtExit);
    for (let node = 1; node <= this.#nodes; node++) tryProgram('ip', ['netns', 'del', namespaceOf(process.pid, node)]);
    tryProgram('ip', ['netns', 'del', switchOf(process.pid)]);
  }
}

function requireRoot(): void {
  if (process.getuid?.() === 0) return;
  throw new BenchError(
    'SYSTEM_REFUSED',
    'capped links are network namespaces of Linux, which only root may make: run as root, or without --egress-mbit',
  );
}

function removeLeftovers(): void {
  const names = runProgram('ip', ['netns', 'list'])
    .split('\n')
    .map((line) => line.split(' ')[0] ?? '');
  for (const name of leftBehind(names, namespacePattern)) tryProgram('ip', ['netns', 'del', name]);
}
