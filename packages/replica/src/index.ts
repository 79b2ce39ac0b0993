export { ReplicaError, type ReplicaErrorCode } from './errors.ts';
export { Group, type GroupOptions, type GroupStatus } from './host/group.ts';
export { Host, type HostEvents, type HostOptions } from './host/host.ts';
export { defaultLimits, defaultTiming, type HostLimits, type HostTiming } from './host/host-options.ts';
export type { Proposed, ProposeOptions } from './host/own-session.ts';
export { encodePayload, type PayloadHeader, payloadHeaderBytes } from './host/payload.ts';
export { realClock } from './host/real-clock.ts';
export type { SubmitSink } from './host/submission.ts';
export type * from './ports.ts';
