// Limits of what may be said on the wire, the same for every node of a cluster. They keep one message from taking a
// node's memory; what a node can hold in all is its configuration's business.

export const deviceBytesMax = 1024;
export const measurementBytesMax = 512;
export const columnsMax = 4096;
export const rowsMax: number = 1 << 20;
/** Of one TEXT, STRING or BLOB value. */
export const textValueBytesMax: number = 1 << 20;
/** Rows that one range query may return. */
export const rangeRowsMax: number = 1 << 20;
/** Values (windows times columns) that one aggregate query may return. */
export const aggregateValuesMax: number = 1 << 22;
/** Messages that go with a status code, for people to read. */
export const messageBytesMax = 4096;
/** A session's writes must lie within this many sequence numbers of the first that is not acknowledged. */
export const sessionWindowMax = 4096;
/** The longest that any request may wait. */
export const requestTimeoutMsMax: number = 10 * 60 * 1000;
/** A request without an opinion of its own waits this long. */
export const requestTimeoutMsDefault = 10_000;
