import type { OutputFormat } from './output/result-writer.ts';

/** What the prompt's commands and the flags of `balsa sql` set. */
export interface Settings {
  format: OutputFormat;
  /** An offset such as +08:00, or a name such as Asia/Shanghai. */
  zone: string;
  consistency: 'linearizable' | 'local';
  /** Whether to tell how long a statement took. */
  isTiming: boolean;
  /** Whether tables may be wider than the terminal. */
  isWide: boolean;
}
