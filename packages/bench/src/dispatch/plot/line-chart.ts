// Panels of lines side by side, as SVG. What a line is called stands at its end, so that no legend has to be read.

export interface Line {
  readonly name: string;
  readonly colour: string;
  readonly isDashed?: boolean;
  /** At least one, ascending in x. */
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

export interface Panel {
  readonly title: string;
  readonly lines: readonly Line[];
}

export interface LineChart {
  readonly title: string;
  readonly panels: readonly Panel[];
  readonly xTitle: string;
}

const panelWidth = 520;
const height = 380;
const plot = { left: 60, top: 70, width: 310, height: 250 };
/** Between names that would lie on one another. */
const lineHeight = 15;

export function lineChart({ title, panels, xTitle }: LineChart): string {
  const width = panelWidth * panels.length;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif" font-size="12" fill="#333" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    text(plot.left, 28, title, 'font-size="15" font-weight="bold"'),
    ...panels.map((panel, i) => `<g transform="translate(${i * panelWidth} 0)">\n${panelOf(panel, xTitle)}\n</g>`),
    '</svg>',
    '',
  ].join('\n');
}

function panelOf({ title, lines }: Panel, xTitle: string): string {
  const all = lines.flatMap(({ points }) => points);
  const xs = [...new Set(all.map(({ x }) => x))].sort((a, b) => a - b);
  const ticks = ticksUpTo(Math.max(...all.map(({ y }) => y)));
  const top = ticks.at(-1)!;
  const [first, last] = [xs[0]!, xs.at(-1)!];
  const atX = (x: number): number =>
    plot.left + (first === last ? plot.width / 2 : (plot.width * (x - first)) / (last - first));
  const atY = (y: number): number => plot.top + plot.height * (1 - y / top);
  const bottom = plot.top + plot.height;
  return [
    text(plot.left, plot.top - 16, title, 'font-weight="bold"'),
    ...ticks.flatMap((y) => [
      `<line x1="${plot.left}" x2="${plot.left + plot.width}" y1="${fixed(atY(y))}" y2="${fixed(atY(y))}" stroke="${y === 0 ? '#333' : '#ddd'}"/>`,
      text(plot.left - 8, atY(y) + 4, y.toLocaleString('en'), 'text-anchor="end"'),
    ]),
    ...xs.map((x) => text(atX(x), bottom + 18, String(x), 'text-anchor="middle"')),
    text(plot.left + plot.width / 2, bottom + 38, xTitle, 'text-anchor="middle"'),
    ...lines.map((line) => lineOf(line, atX, atY)),
    ...namesOf(lines, atX(last), atY),
  ].join('\n');
}

function lineOf({ colour, isDashed, points }: Line, atX: (x: number) => number, atY: (y: number) => number): string {
  const places = points.map(({ x, y }) => `${fixed(atX(x))},${fixed(atY(y))}`);
  const dashes = isDashed === true ? ' stroke-dasharray="5 4"' : '';
  const stroke = `<polyline points="${places.join(' ')}" fill="none" stroke="${colour}" stroke-width="2"${dashes}/>`;
  if (isDashed === true && points.length > 1) return stroke;
  const dots = points.map(
    ({ x, y }) => `<circle cx="${fixed(atX(x))}" cy="${fixed(atY(y))}" r="3.5" fill="${colour}"/>`,
  );
  return [stroke, ...dots].join('\n');
}

/** Beside the last point of each, moved down as far as the one above needs. */
function namesOf(lines: readonly Line[], x: number, atY: (y: number) => number): string[] {
  const wanted = lines.map((line) => ({ line, y: atY(line.points.at(-1)!.y) })).sort((a, b) => a.y - b.y);
  let free = Number.NEGATIVE_INFINITY;
  return wanted.map(({ line: { name, colour }, y }) => {
    const at = Math.max(y, free);
    free = at + lineHeight;
    return text(x + 10, at + 4, name, `fill="${colour}"`);
  });
}

/** From 0 in round steps, four to eight of them, to at least `most`. */
export function ticksUpTo(most: number): number[] {
  if (!(most > 0)) return [0, 1];
  const magnitude = 10 ** Math.floor(Math.log10(most / 4));
  const step = [1, 2, 5, 10].map((it) => it * magnitude).find((it) => most / it <= 8)!;
  const count = Math.ceil(most / step - 1e-9);
  // Not by adding up: 0.1 + 0.2 is no label.
  return Array.from({ length: count + 1 }, (_, i) => Number((i * step).toPrecision(6)));
}

function text(x: number, y: number, words: string, attributes: string): string {
  return `<text x="${fixed(x)}" y="${fixed(y)}" ${attributes}>${escaped(words)}</text>`;
}

function fixed(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function escaped(words: string): string {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
