// What a node answers, in IoTDB's numbers where IoTDB has one, in 9000-9099 where it has none.

export const StatusCode = {
  SUCCESS: 200,
  UNSUPPORTED_OPERATION: 300,
  EXECUTE_STATEMENT_ERROR: 301,
  ILLEGAL_PARAMETER: 303,
  INTERNAL_SERVER_ERROR: 305,
  REDIRECTION_RECOMMEND: 400,
  ROW_LIMIT_EXCEEDED: 411,
  DATABASE_NOT_EXIST: 500,
  DATABASE_ALREADY_EXISTS: 501,
  TIMESERIES_ALREADY_EXIST: 503,
  METADATA_ERROR: 507,
  PATH_NOT_EXIST: 508,
  ILLEGAL_PATH: 509,
  SYSTEM_READ_ONLY: 600,
  STORAGE_ENGINE_ERROR: 601,
  STORAGE_ENGINE_NOT_READY: 602,
  WRITE_PROCESS_REJECT: 606,
  ALIGNED_TIMESERIES_ERROR: 609,
  DISK_SPACE_INSUFFICIENT: 611,
  DATA_TYPE_MISMATCH: 614,
  SQL_PARSE_ERROR: 700,
  SEMANTIC_ERROR: 701,
  SET_TIME_ZONE_ERROR: 703,
  MEMORY_NOT_ENOUGH: 709,
  TOO_MANY_QUERIES: 717,
  QUERY_TIMEOUT: 720,
  INIT_AUTH_ERROR: 800,
  WRONG_LOGIN_PASSWORD: 801,
  REGION_LEADER_CHANGE: 905,
  NO_AVAILABLE_REGION_GROUP: 906,
  SESSION_UNKNOWN: 9001,
  WRITE_TIMEOUT: 9002,
  REQUEST_TOO_LARGE: 9003,
  GROUP_UNKNOWN: 9004,
  GROUP_FAILED: 9005,
  NODE_STOPPING: 9006,
  SEQUENCE_STALE: 9007,
  WEAK_WRITES_OFF: 9008,
} as const;
export type StatusCode = (typeof StatusCode)[keyof typeof StatusCode];

/**
 * What an answer says about the write it answers.
 * `applied`: it went through the log and the state machine gave this answer, which is final.
 * `rejected`: this attempt was not, and will never be, appended.
 * `unknown`: this attempt may yet be applied, once.
 */
export type WriteOutcome = 'applied' | 'rejected' | 'unknown';

export interface StatusDescription {
  readonly name: keyof typeof StatusCode;
  /** What it means and what to do. */
  readonly advice: string;
  /** The same request may succeed later or at another node. */
  readonly retryable: boolean;
  /** For an answer that does not come from the state machine. */
  readonly outcome: WriteOutcome;
}

const descriptions: Readonly<Record<StatusCode, StatusDescription>> = {
  200: describe('SUCCESS', 'Done.', false, 'applied'),
  300: describe('UNSUPPORTED_OPERATION', 'This node does not know the request: compare versions.', false, 'rejected'),
  301: describe('EXECUTE_STATEMENT_ERROR', 'The statement was given up: see its message.', false, 'unknown'),
  303: describe('ILLEGAL_PARAMETER', 'The request contradicts itself or a limit: correct it.', false, 'rejected'),
  305: describe('INTERNAL_SERVER_ERROR', "The node met a fault of its own: see the node's log.", false, 'unknown'),
  400: describe('REDIRECTION_RECOMMEND', 'Another node leads: ask the one the answer names.', true, 'rejected'),
  411: describe('ROW_LIMIT_EXCEEDED', 'The answer has more rows than was allowed: see its message.', false, 'rejected'),
  500: describe('DATABASE_NOT_EXIST', 'No such database: see SHOW DATABASES.', false, 'rejected'),
  501: describe('DATABASE_ALREADY_EXISTS', 'There is one already: databases do not nest.', false, 'rejected'),
  503: describe('TIMESERIES_ALREADY_EXIST', 'The series is registered already: nothing to do.', false, 'rejected'),
  507: describe(
    'METADATA_ERROR',
    'The schema does not allow this: compare with what is registered.',
    false,
    'rejected',
  ),
  508: describe('PATH_NOT_EXIST', 'No such device or measurement: check the path.', false, 'rejected'),
  509: describe('ILLEGAL_PATH', 'The path breaks the naming rules: it starts with root.', false, 'rejected'),
  600: describe('SYSTEM_READ_ONLY', "The node takes no writes: see the node's log for the reason.", false, 'rejected'),
  601: describe(
    'STORAGE_ENGINE_ERROR',
    'Files of the node are damaged, or its disk fails: ask another; see the log of the node.',
    true,
    'rejected',
  ),
  602: describe(
    'STORAGE_ENGINE_NOT_READY',
    'The node is taking in a snapshot, and has nothing to show until then: ask again, or another.',
    true,
    'rejected',
  ),
  606: describe('WRITE_PROCESS_REJECT', 'The node is at a limit: send again after retryAfterMs.', true, 'rejected'),
  609: describe(
    'ALIGNED_TIMESERIES_ERROR',
    'The device is aligned, or it is not: so are all of its series.',
    false,
    'rejected',
  ),
  611: describe('DISK_SPACE_INSUFFICIENT', 'The disk is full: make room on the node.', false, 'rejected'),
  614: describe('DATA_TYPE_MISMATCH', 'The series has another type: send values of its type.', false, 'rejected'),
  700: describe('SQL_PARSE_ERROR', 'This is not SQL as it is known here: see the place.', false, 'rejected'),
  701: describe('SEMANTIC_ERROR', 'The statement makes no sense as it is: see its message.', false, 'rejected'),
  703: describe('SET_TIME_ZONE_ERROR', 'There is no such time zone: +08:00 or Asia/Shanghai are.', false, 'rejected'),
  709: describe(
    'MEMORY_NOT_ENOUGH',
    'The answer takes more memory than is allowed: ask for less at a time.',
    false,
    'rejected',
  ),
  717: describe('TOO_MANY_QUERIES', 'The node runs as many queries as it may: ask again.', true, 'rejected'),
  720: describe('QUERY_TIMEOUT', 'The read did not end in time: ask for less or wait longer.', false, 'rejected'),
  800: describe('INIT_AUTH_ERROR', 'The node wants to know who asks: send name and password.', false, 'rejected'),
  801: describe('WRONG_LOGIN_PASSWORD', 'Name or password is wrong.', false, 'rejected'),
  905: describe('REGION_LEADER_CHANGE', 'The leader changed on the way: send again.', true, 'unknown'),
  906: describe('NO_AVAILABLE_REGION_GROUP', 'No quorum or no leader: bring nodes back, send again.', true, 'unknown'),
  9001: describe('SESSION_UNKNOWN', 'The session has expired: open a new one.', false, 'rejected'),
  9002: describe(
    'WRITE_TIMEOUT',
    'Not committed in time; it may be later. Send again in the session.',
    true,
    'unknown',
  ),
  9003: describe('REQUEST_TOO_LARGE', 'Over the limit of one request: send smaller ones.', false, 'rejected'),
  9004: describe('GROUP_UNKNOWN', 'No such group on this node: compare configurations.', false, 'rejected'),
  9005: describe('GROUP_FAILED', "The group stopped on this node: see the node's log.", true, 'unknown'),
  9006: describe('NODE_STOPPING', 'The node is stopping: ask another.', true, 'unknown'),
  9007: describe('SEQUENCE_STALE', 'Acknowledged before: the client has forgotten it on purpose.', false, 'rejected'),
  9008: describe(
    'WEAK_WRITES_OFF',
    'The cluster takes no weak writes: ask for committed or applied, or set limits.weakBytesMax.',
    false,
    'rejected',
  ),
};

/** What a code means; codes of other versions count as retryable never and outcome unknown. */
export function describeStatus(code: number): StatusDescription {
  return isStatusCode(code) ? descriptions[code] : descriptions[StatusCode.INTERNAL_SERVER_ERROR];
}

export function statusName(code: number): string {
  return isStatusCode(code) ? descriptions[code].name : `STATUS_${code}`;
}

export function isStatusCode(code: number): code is StatusCode {
  return Object.hasOwn(descriptions, code);
}

function describe(
  name: keyof typeof StatusCode,
  advice: string,
  retryable: boolean,
  outcome: WriteOutcome,
): StatusDescription {
  return { name, advice, retryable, outcome };
}
