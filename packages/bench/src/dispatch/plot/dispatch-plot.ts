// What a report shows at a glance: throughput and tail latency against group width, a line for each strategy.

import type { DispatchReport, ShapeReport, StrategyReport } from '../report.ts';
import { type Line, lineChart } from './line-chart.ts';

const colours = ['#4c5a67', '#c2571a', '#1f77b4', '#2a8f4f', '#8a4fbf'];
const limitColour = '#999999';

/** An SVG document. */
export function dispatchPlot({ settings, shapes }: DispatchReport, valueBytes: number): string {
  const shown = shapes.filter((shape) => shape.valueBytes === valueBytes).sort((a, b) => a.nodes - b.nodes);
  const lines = (figure: (it: StrategyReport) => number): Line[] =>
    settings.strategies.map((strategy, i) => ({
      name: strategy,
      colour: colours[i % colours.length]!,
      points: shown.map((shape) => ({ x: shape.nodes, y: figure(shape.strategies[i]!) })),
    }));
  const limits = (kind: 'direct' | 'relay', name: string): Line[] => limitLine(shown, kind, name);
  const { egressMbit, clients } = settings;
  const caps = egressMbit === null ? 'links not capped' : `${egressMbit} Mbit/s per node`;
  return lineChart({
    title: `${valueBytes.toLocaleString('en')}-byte entries, ${caps}, ${clients} clients`,
    panels: [
      {
        title: 'payload committed, MB/s',
        lines: [
          ...lines((it) => it.payloadBytesPerSecond.median / 1e6),
          ...limits('relay', 'links allow, relayed'),
          ...limits('direct', 'links allow, direct'),
        ],
      },
      { title: 'p99 latency, ms', lines: lines((it) => it.p99Ms.median) },
    ],
    xTitle: 'nodes',
  });
}

function limitLine(shapes: readonly ShapeReport[], kind: 'direct' | 'relay', name: string): Line[] {
  const points = shapes.flatMap(({ nodes, limits }) => (limits === null ? [] : [{ x: nodes, y: limits[kind] / 1e6 }]));
  return points.length === 0 ? [] : [{ name, colour: limitColour, isDashed: true, points }];
}
