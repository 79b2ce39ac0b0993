// A message in a line of words: what pictures of a run write beside its arrow. `4@2` is index 4 of term 2, `t3` is term 3, `s1` is replication session 1.

import { type Batch, BatchKind, lastIndexOf, type Message, MessageType } from '@balsa/raft';

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
      const what = message.batches.map(describeBatch).join(' ') || 'nothing, a probe';
      return `, after ${message.prevIndex}@${message.prevTerm}: ${what}, commit ${message.commitIndex}`;
    }
    case MessageType.appendAck:
      return `, durable to ${message.durableIndex}@${message.durableTerm}${describeIncident(message.incident)}`;
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

function describeBatch(batch: Batch): string {
  const range = batch.count === 1 ? `${batch.firstIndex}` : `[${batch.firstIndex}..${lastIndexOf(batch)}]`;
  return `${range}@${batch.term}${batch.kind === BatchKind.noop ? ' noop' : ''}`;
}

function describeIncident(incident: number): string {
  return incident === 0 ? '' : `, counts for nothing: incident ${incident}`;
}
