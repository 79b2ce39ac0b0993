// What a query means, computed the slow way, for whoever tests what queries read from.

export { columnOf, type MemorySeries } from './memory-source.ts';
export { naiveTable } from './naive/naive-table.ts';
export { roundedTable } from './rounded-table.ts';
export { type Cell, runQuery, selectOf, type Table } from './run-query.ts';
