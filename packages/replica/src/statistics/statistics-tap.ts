import type { GroupCollector } from './group-collector.ts';

/** Where the parts of a group find who collects its statistics. Empty while nobody does: then it costs them a look at this. */
export interface StatisticsTap {
  collector: GroupCollector | undefined;
}
