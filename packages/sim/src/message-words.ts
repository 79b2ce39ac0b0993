// A message in a line of words: what pictures of a run write beside its arrow. `4@2` is index 4 of term 2, `t3` is term 3, `s1` is replication session 1.

import { type Batch, BatchKind, lastIndexOf, type Message, MessageType, type Route } from '@balsa/raft';

const names = new Map<number, string>(Object.entries(MessageType).map(([name, type]) => [type, name]));

export function nameOf(message: Message): string {
  return names.get(message.type) ?? `type ${message.type}`;
}

export function describeMessage(message: Message): string {
  const session = 'session' in message ? ` s${message.session}` : '';
  return `${nameOf(message)} t${message.term}${session}${contentOf(message)}`;
}

function contentOf(message: Message): string {
  switch (message.type) {
    case MessageType.preVoteRequest:
      return `, for t${message.campaignTerm}, log ends ${message.lastIndex}@${message.lastTerm}`;
    case MessageType.preVoteResponse:
      return `, for t${message.campaignTerm}: ${message.granted ? 'granted' : 'refused'}`;
    case MessageType.voteRequest:
      return `, log ends ${message.lastIndex}@${message.lastTerm}${message.transfer ? ', handed over' : ''}`;
    case MessageType.voteResponse:
      return message.granted ? ': granted' : ': refused';
    case MessageType.append: {
      const { prevIndex, prevTerm, batches, commitIndex, leader, from, routes } = message;
      const nothing = routes.length === 0 ? 'nothing, a probe' : 'nothing';
      const what = batches.map(describeBatch).join(' ') || nothing;
      const relayed = leader === from ? '' : `, for ${leader}`;
      const onwards = routes.length === 0 ? '' : `, on to ${routes.map(describeRoute).join(' ')}`;
      return `${relayed}, after ${prevIndex}@${prevTerm}: ${what}, commit ${commitIndex}${onwards}`;
    }
    case MessageType.appendAck:
      return `, durable to ${message.durableIndex}@${message.durableTerm}${describeIncident(message.incident)}`;
    case MessageType.weakAck:
      return `, received to ${message.receivedIndex}@${message.receivedTerm}${describeIncident(message.incident)}`;
    case MessageType.appendReject:
      return `, no match at ${message.rejectedPrevIndex}, perhaps at ${message.hintIndex}@${message.hintTerm}`;
    case MessageType.heartbeat: {
      const { restore } = message;
      const demand = restore === undefined ? '' : `, incident ${restore.incident} ends at ${restore.index}`;
      return `, round ${message.round}, commit ${message.commitIndex}${demand}`;
    }
    case MessageType.heartbeatAck: {
      const { round, receivedIndex, durableIndex, durableTerm, incident } = message;
      const durable = `durable to ${durableIndex}@${durableTerm}`;
      return `, round ${round}, received to ${receivedIndex}, ${durable}${describeIncident(incident)}`;
    }
    case MessageType.readIndexRequest:
      return `, read ${message.requestId}`;
    case MessageType.readIndexResponse:
      return `, read ${message.requestId}: ${message.readIndex === undefined ? 'refused' : `at ${message.readIndex}`}`;
    case MessageType.installSnapshot:
      return `, everything up to ${message.snapshot.index}@${message.snapshot.term}`;
    case MessageType.timeoutNow:
    case MessageType.wake:
      return '';
  }
}

/** `3[5..9](4[7..9])`: to 3 entries 5 to 9, and through it to 4 entries 7 to 9. */
function describeRoute({ node, prevIndex, lastIndex, routes }: Route): string {
  const range = lastIndex > prevIndex ? `[${prevIndex + 1}..${lastIndex}]` : '';
  return `${node}${range}${routes.length === 0 ? '' : `(${routes.map(describeRoute).join(' ')})`}`;
}

function describeBatch(batch: Batch): string {
  const range = batch.count === 1 ? `${batch.firstIndex}` : `[${batch.firstIndex}..${lastIndexOf(batch)}]`;
  return `${range}@${batch.term}${batch.kind === BatchKind.noop ? ' noop' : ''}`;
}

function describeIncident(incident: number): string {
  return incident === 0 ? '' : `, counts for nothing: incident ${incident}`;
}
