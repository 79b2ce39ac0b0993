import { allocateValues, DataType } from '@balsa/wire';
import type { SourceValue } from '../../source/series-source.ts';
import { type Clock, timeOf } from '../../time/time-value.ts';
import type { Constant } from '../../tree/literal.ts';
import { type Evaluator, nullEvaluator } from './evaluator.ts';

const int64Min = -(2n ** 63n);
const int64Max = 2n ** 63n - 1n;

/** Integers and times are INT64, an integer that does not fit is a DOUBLE. */
export function constantEvaluator(constant: Constant, clock: Clock): Evaluator {
  switch (constant.kind) {
    case 'null':
      return nullEvaluator;
    case 'boolean':
      return sameInAllRows(DataType.BOOLEAN, constant.value ? 1 : 0);
    case 'string':
      return sameInAllRows(DataType.TEXT, constant.value);
    case 'decimal':
      return sameInAllRows(DataType.DOUBLE, constant.value);
    case 'integer': {
      const { value } = constant;
      const fits = value >= int64Min && value <= int64Max;
      return fits ? sameInAllRows(DataType.INT64, value) : sameInAllRows(DataType.DOUBLE, Number(value));
    }
    default:
      return sameInAllRows(DataType.INT64, BigInt(timeOf(constant, clock)));
  }
}

function sameInAllRows(dataType: DataType, constant: SourceValue): Evaluator {
  return {
    dataType,
    constant,
    column: ({ times }) => {
      const values = allocateValues(dataType, times.length);
      (values as SourceValue[]).fill(constant);
      return { values };
    },
  };
}
