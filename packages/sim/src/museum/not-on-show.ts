/** Defects of the original that our code has no place for, today or by design. They are not counted. */
export interface NotOnShow {
  readonly defects: string;
  readonly what: string;
  readonly reason: string;
}

export const notOnShow: readonly NotOnShow[] = [
  {
    defects: 'S1',
    what: 'entries stamped with a later term after stepping down',
    reason: 'term and followers live in the leader’s object and end with it; nothing is queued between test and append',
  },
  {
    defects: 'S15, S16, S17, L8',
    what: 'the sliding window of out-of-order appends',
    reason: 'not built yet: it is to be built inside the simulator',
  },
  { defects: 'S19, L7', what: 'weak acceptance', reason: 'not built yet: an accept is strong or none' },
  { defects: 'S18, L5, L12, L18', what: 'relays', reason: 'not built yet' },
  { defects: 'S20', what: 'erasure-coded entries', reason: 'not built yet' },
  { defects: 'S23, L13, L20', what: 'changes of membership', reason: 'not built yet: members are fixed at start' },
  {
    defects: 'S14, S25',
    what: 'snapshots and the shortening of the log',
    reason: 'not built yet: the log is kept whole',
  },
  {
    defects: 'S27, L23',
    what: 'partition tables and their assignment',
    reason: 'no such tables: groups are named in the configuration',
  },
  {
    defects: 'L10',
    what: 'waiting while holding the lock of the log',
    reason: 'no locks: the core takes one input at a time and never waits',
  },
  {
    defects: 'L11',
    what: 'worker threads that die of an exception',
    reason: 'no worker threads: an exception stops its group, and says so',
  },
  {
    defects: 'L16, L22',
    what: 'timers that wait for ever or for a condition that never comes',
    reason: 'the core counts ticks, and what waits in the host is looked at with each of them',
  },
  {
    defects: 'L21',
    what: 'dispatcher threads that outlive their group',
    reason: 'a group has no threads; what its host opens, the host’s own tests see closed',
  },
];
