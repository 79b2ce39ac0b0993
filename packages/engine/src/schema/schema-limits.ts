// What the metadata group takes. Its refusals are answers of the state machine, so all replicas need the same limits; those that
// nobody needs to change are fixed.

/** All replicas of a group need the same. */
export interface SchemaLimits {
  readonly seriesMax: number;
}

export const databasesMax = 10_000;
/** As in IoTDB (`ttl_rule_capacity`). */
export const ttlRulesMax = 1000;
/** Tags, and attributes, of one series. */
export const keyValuesMax = 100;
/** Of a key or value of a tag or an attribute. */
export const keyValueBytesMax = 1024;
/** Names of encodings and compressors are short. */
export const codecNameBytesMax = 32;
