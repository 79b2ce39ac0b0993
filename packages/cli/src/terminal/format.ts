// Numbers as people read them. One locale, so that output is the same everywhere and can be compared.

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** `1313850` as `1,313,850`. */
export function formatCount(count: number): string {
  return whole.format(count);
}

/** Three significant digits and a unit: `950`, `12.3 k`, `1.31 M`. */
export function formatShort(count: number): string {
  if (count < 999.5) return whole.format(count);
  const [unit, size] = count < 999_500 ? ['k', 1e3] : count < 999_500_000 ? ['M', 1e6] : ['G', 1e9];
  return `${(count / size).toPrecision(3)} ${unit}`;
}

/** `840 ms`, `2.4 s`, `3 min 20 s`, `5 h 12 min`, `12 d 3 h`. */
export function formatDuration(ms: number): string {
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  if (hours === 0) return `${minutes} min ${seconds % 60} s`;
  return hours < 24 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** Of a latency: `0.42 ms`, `8.3 ms`, `120 ms`, `2.4 s`. */
export function formatLatency(ms: number): string {
  if (ms >= 99.95) return formatDuration(ms);
  return `${ms.toFixed(ms < 0.995 ? 2 : 1)} ms`;
}

/** `0 B`, `812 B`, `16.0 KiB`, `1.31 MiB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1023.5) return `${whole.format(bytes)} B`;
  const [unit, size] =
    bytes < 1023.5 * 1024 ? ['KiB', 1024] : bytes < 1023.5 * 1024 ** 2 ? ['MiB', 1024 ** 2] : ['GiB', 1024 ** 3];
  const count = bytes / size;
  return `${count < 1000 ? count.toPrecision(3) : whole.format(count)} ${unit}`;
}

/** `1 node`, `3 nodes`; `plural`: of a noun that has another than its own with an s. */
export function formatPlural(count: number, noun: string, plural = `${noun}s`): string {
  return `${formatCount(count)} ${count === 1 ? noun : plural}`;
}
