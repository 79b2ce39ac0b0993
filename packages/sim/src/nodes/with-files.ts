// What only runs have whose data group lies in files: the storage engine, and statements that are asked of it. A browser that runs the others does
// without the codecs of TsFiles and without SQL.

export { FileDataStore } from './file-data-store.ts';
export { SeriesTrial } from './series/series-trial.ts';
