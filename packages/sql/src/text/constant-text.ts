import type { Constant } from '../tree/literal.ts';
import { dateTimeText } from './date-time.ts';
import { durationText } from './duration.ts';
import { quoted } from './quoting.ts';

export function constantText(constant: Constant): string {
  switch (constant.kind) {
    case 'integer':
    case 'boolean':
      return String(constant.value);
    case 'decimal':
      return constant.text;
    case 'string':
      return quoted(constant.value, "'");
    case 'null':
      return 'null';
    case 'dateTime':
      return dateTimeText(constant);
    case 'now':
      return 'now()';
    case 'timeShift':
      return `${constantText(constant.time)} ${constant.operator} ${durationText(constant.duration)}`;
  }
}
