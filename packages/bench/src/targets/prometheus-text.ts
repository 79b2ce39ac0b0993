/** The value of a metric without labels on a page in Prometheus' text format; `undefined` if it is not there. */
export function readMetric(page: string, name: string): number | undefined {
  const prefix = `${name} `;
  const line = page.split('\n').find((candidate) => candidate.startsWith(prefix));
  if (line === undefined) return undefined;
  const value = Number(line.slice(prefix.length).trim().split(' ')[0]);
  return Number.isFinite(value) ? value : undefined;
}
