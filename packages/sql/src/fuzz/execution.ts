// Whatever a text says, if it is read it is executed or refused with a code, and what comes of it is what its headers say.

import { allocateValues, DataType } from '@balsa/wire';
import { SqlError } from '../errors.ts';
import { executeQuery } from '../execute-query.ts';
import { parseStatements } from '../parse.ts';
import { showColumns } from '../show/show-columns.ts';
import { StatementError } from '../statement-error.ts';
import { MemorySource } from '../testing/memory-source.ts';
import { utc } from '../time/zone.ts';
import type { Statement } from '../tree/statement.ts';
import { deletionOf } from '../write/deletion.ts';
import { insertTablet } from '../write/insert-tablet.ts';

const { BOOLEAN, DOUBLE, FLOAT, INT32, INT64, TEXT, TIMESTAMP } = DataType;

/** What the samples speak of. */
export const querySamples: readonly string[] = [
  'select s1, s2 * -1.5e3 as a, t from root.x.d1 where time > now() - 1d2h and not (s1 >= .5 or b is null) order by time desc limit 3',
  "select count(*), max_by(time, s1), mode(t), count_if(b, keep >= 2, 'ignoreNull'='false') from root.** where s1 between 1 and 9 || t like '%x_' && s2 in (1, null) group by ([0, 40), 1mo, 7ms), level = 1, 2 having sum(s1) > 0 fill(previous, 1h)",
  "select *, abs(s1) from root.x.d1, root.y.** where t regexp '^[a-c]+' align by device order by device desc, s1 nulls first fill(linear) slimit 2 soffset 1 offset 1",
  'select last * from root.** where time < 2024-01-31 order by timeseries desc; select avg(s1) from root.** group by ((1, 9], 2ms) fill(5) align by device',
  "insert into root.x.d(time, s1, s2) aligned values (1, 7, 'it''s'), (2024-01-31 08:00:00, NaN, null); delete from root.x.* where time >= 1 and time < 5",
];

const source = new MemorySource(
  {
    'root.x.d1': {
      b: [BOOLEAN, [1, 1], [2, 0], [9, 1]],
      s1: [DOUBLE, [0, 1.5], [1, Number.NaN], [7, -2]],
      s2: [INT64, [1, 2n ** 60n], [3, -1n]],
      t: [TEXT, [2, 'abc'], [30, '']],
    },
    'root.x.d2': { s1: [DOUBLE, [1, 4]], s2: [INT64, [1, 5n]], m: [TIMESTAMP, [5, 5n]] },
    'root.y.z.d3': { s1: [DOUBLE, [5, 5]], f: [FLOAT, [5, 0.5]], i: [INT32, [5, 5], [6, 6]] },
  },
  { summaryPoints: 2 },
);

const limits = { seriesMax: 200, columnsMax: 500, windowsMax: 5000, memoryBytesMax: 4 << 20, timeoutMs: 700 };
const clock = { nowMs: 1000, zone: utc };

/** Why the first of its statements that is refused is refused. */
export async function executionRefusalOf(text: string): Promise<string | undefined> {
  const refusal = await refusalOf(text);
  if (source.open !== 0) throw new Error(`${source.open} readings were left open`);
  return refusal;
}

async function refusalOf(text: string): Promise<string | undefined> {
  try {
    for (const statement of parseStatements(text)) await execute(statement);
    return undefined;
  } catch (error) {
    if (error instanceof SqlError || error instanceof StatementError) return error.message;
    throw error;
  }
}

async function execute(statement: Statement): Promise<void> {
  switch (statement.kind) {
    case 'select': {
      const { columns, blocks } = await executeQuery(statement, source, { ...clock, limits });
      for await (const block of blocks) {
        for (const { blockColumn, dataType, name } of columns) {
          const { values } = block.columns[blockColumn]!;
          if (values.constructor !== allocateValues(dataType, 0).constructor || values.length !== block.times.length) {
            throw new Error(`${name} has ${values.length} values in ${values.constructor.name}`);
          }
        }
      }
      return;
    }
    case 'insert':
      insertTablet(statement, clock, (measurement) => (measurement === 's1' ? DOUBLE : undefined));
      return;
    case 'deleteData':
      deletionOf(statement, clock);
      return;
    default:
      if (statement.kind.startsWith('show') || statement.kind.startsWith('count')) {
        showColumns(statement as Parameters<typeof showColumns>[0]);
      }
  }
}
