/** Defects, or sides of defects, that our code has no place for, today or by design. They are not counted. */
export interface NotOnShow {
  /** S, L numbers of our list of the original's defects; or issues of other engines. */
  readonly defects: string;
  readonly what: string;
  readonly reason: string;
}

export const notOnShow: readonly NotOnShow[] = [
  {
    defects: 'L7',
    what: 'weak acknowledgements that are merged away',
    reason: 'by design: what a follower has received is one number, and covers all that came before',
  },
  {
    defects: 'L10',
    what: 'waiting while holding the lock of the log',
    reason: 'no locks: the core takes one input at a time and never waits',
  },
  {
    defects: 'L23',
    what: 'the first assignment of partitions',
    reason: 'nothing is assigned: groups and their members are named in the configuration',
  },
  {
    defects: 'PolarFS (ParallelRaft)',
    what: '“ghost entries” of a log with gaps',
    reason: 'by design: the log has no gaps; what comes ahead of one waits beside it, and ends with the term',
  },
  {
    defects: 'tikv#14368',
    what: 'votes that are refused for as long as a leader is remembered',
    reason: 'by design: the memory of a leader outlives no election timeout, with leases or without',
  },
  {
    defects: 'etcd 3.5 (2022)',
    what: 'what was applied and how far, saved in two writes',
    reason: 'by design: at every start the state machine is rebuilt, from a snapshot that says itself how far it goes',
  },
];
