import { type DataShape, pointsOf } from './data-shape.ts';

export function describeShape(shape: DataShape): string {
  const { devices, sensors, rows, batchRows, outOfOrderPercent, kind } = shape;
  const points = pointsOf(shape).toLocaleString('en');
  const late = outOfOrderPercent === 0 ? 'in order' : `${outOfOrderPercent} % late`;
  return (
    `${points} points: ${devices} devices x ${sensors} sensors x ${rows.toLocaleString('en')} rows, ` +
    `${kind} values, writes of ${batchRows} rows, ${late}`
  );
}
