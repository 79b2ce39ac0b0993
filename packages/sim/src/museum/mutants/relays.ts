import type { Mutant } from '../mutant.ts';

const distrust = 'packages/raft/src/dispatch/distrust.ts';
const follower = 'packages/raft/src/roles/follower.ts';
const forwarding = 'packages/raft/src/dispatch/forwarding.ts';
const leader = 'packages/raft/src/roles/leader.ts';
const neededVersion = 'packages/replica/src/transport/needed-version.ts';
const raft = 'packages/raft/src/raft.ts';
const relayDispatch = 'packages/raft/src/dispatch/relay-dispatch.ts';
const routePlan = 'packages/raft/src/dispatch/route-plan.ts';
const routePlanner = 'packages/replica/src/dispatch/route-planner.ts';
const zonedPlanner = 'packages/replica/src/dispatch/zoned-planner.ts';

const relayTests = 'packages/raft/src/relays.test.ts';

const forwards = '        forward(this.#core, message, this.#matchedIndex);\n';
const mismatchEnds = '#reject(message);\n      return;\n    }\n';
const inStepReceiver =
  'if (follower === undefined || !this.#isInStep(follower) || this.#distrust.holds(relay.id, receiver.node)) {';
const missing = "if (missing && !follower.reading && follower.state !== 'snapshot') this.#sendAgain(follower);";

/** Followers that pass entries on, and the leader that plans with them. */
export const relayMutants: readonly Mutant[] = [
  {
    id: 'ack-credited-to-relay',
    title: 'An acknowledgement is credited to the relay through which the entries went',
    seen: 'the original, before it had LogAckSender (acknowledgements did not say who had received)',
    why: 'A relay whose disk has nothing counts, and its receiver counts for it.',
    patches: [
      {
        file: leader,
        find: 'this.#onAppendAck(follower, message);',
        replace: 'this.#onAppendAck(this.#followers.get(follower.relay ?? follower.id) ?? follower, message);',
      },
    ],
    killer: { by: 'core', check: 'durability' },
  },
  {
    id: 'relay-answers-for-receivers',
    title: 'A relay answers for those to whom it passes entries on',
    seen: 'the original, S18 (acknowledgements for what was relayed); PigPaxos (SIGMOD 2021: relays that gather answers)',
    why: 'What is under way to a receiver may be lost, and counts as held.',
    patches: [
      {
        file: forwarding,
        find: '  const { term, leader, commitIndex } = message;\n',
        replace:
          '  const { term, leader, commitIndex } = message;\n  const newest = passed.batches.at(-1);\n  if (newest !== undefined) core.send({ type: MessageType.appendAck, from: node, to: leader, term, session, durableIndex: lastIndexOf(newest), durableTerm: newest.term, incident: 0 });\n',
      },
    ],
    killer: { by: 'core', check: 'durability' },
  },
  {
    id: 'relay-acks-before-durable',
    title: 'A relay acknowledges what it has passed on, before its own disk has it',
    seen: 'the original, S4 (STRONG_ACCEPT before durability)',
    why: 'That others may hold it does not help if all lose power.',
    patches: [
      {
        file: follower,
        find: 'else if (message.batches.length > 0 && core.config.weakBytesMax > 0) this.#acknowledgeWeakly();\n  }\n\n  /** Keeps',
        replace:
          'else if (message.routes.length > 0) core.send({ type: MessageType.appendAck, from: core.id, to: message.leader, term: core.term, session: this.#session, durableIndex: this.#matchedIndex, durableTerm: core.log.termAt(this.#matchedIndex)!, incident: core.incident });\n  }\n\n  /** Keeps',
      },
    ],
    killer: { by: 'core', check: 'durability' },
  },
  {
    id: 'relay-passes-on-stale-tail',
    title: 'A relay passes on from its log what was never compared with this leader’s',
    seen: 'the original, S11 and S17 (what a follower’s log ends in is taken for what the leader sent)',
    why: 'What an earlier leader left behind is spread, in the name of the present one.',
    patches: [
      {
        file: follower,
        find: 'forward(this.#core, message, this.#matchedIndex);',
        replace: 'forward(this.#core, message, this.#core.log.lastIndex);',
      },
    ],
    killer: { by: 'tests', files: [relayTests] },
  },
  {
    id: 'relayed-append-shows-life',
    title: 'A leader counts as alive for as long as its relays pass on what it said',
    seen: 'the original, S28 (an append from anybody restarts the timer)',
    why: 'What is still under way through relays keeps a dead leader in office.',
    patches: [
      {
        file: follower,
        find: 'if (message.from === message.leader) this.#heardFrom(message.leader, message.session);\n        else this.#follow(message.leader);',
        replace: 'this.#heardFrom(message.leader, message.from === message.leader ? message.session : 0);',
      },
    ],
    killer: { by: 'tests', files: [relayTests] },
  },
  {
    id: 'relay-names-the-session',
    title: 'A follower takes the session of what a relay passes on for its own',
    seen: 'Balsa itself, found by relays that lie; the original, S29 (acknowledgements that do not say to what they belong)',
    why: 'What was meant for another, in a later session, makes it deaf to its leader until the leader has come as far.',
    patches: [
      {
        file: follower,
        find: '        else this.#follow(message.leader);\n',
        replace:
          '        else this.#follow(message.leader);\n        this.#session = Math.max(this.#session, message.session);\n',
      },
    ],
    killer: { by: 'core', check: 'liveness' },
  },
  {
    id: 'relay-needs-the-entry',
    title: 'A relay passes on only what it can append itself',
    seen: 'the original, L5 (BlockingLogAppender does not relay on a mismatch)',
    why: 'One follower with a gap, and all below it miss the entry.',
    patches: [
      { file: follower, find: forwards, replace: '' },
      {
        file: follower,
        find: mismatchEnds,
        replace: `${mismatchEnds}    forward(core, message, this.#matchedIndex);\n`,
      },
    ],
    killer: { by: 'tests', files: [relayTests] },
  },
  {
    id: 'relay-waits-for-its-disk',
    title: 'A relay whose disk is busy passes nothing on',
    seen: 'the original, L5 and L10 (entries are relayed after they are appended)',
    why: 'A batch waits for one disk after the other, and for a disk that is stuck for ever.',
    patches: [
      {
        file: forwarding,
        find: '  for (const route of message.routes) {\n',
        replace: '  if (core.log.durableIndex < core.log.lastIndex) return;\n  for (const route of message.routes) {\n',
      },
    ],
    killer: { by: 'tests', files: [relayTests] },
  },
  {
    id: 'relay-session-of-its-own',
    title: 'A relay passes entries on in its own replication session',
    seen: 'the original, S29 (acknowledgements that do not say to what they belong)',
    why: 'Answers are taken for those to another attempt, or dropped.',
    patches: [
      {
        file: forwarding,
        find: 'function passOn(core: Core, message: Append, { node, session }: Route,',
        replace: 'function passOn(core: Core, message: Append, { node }: Route,',
      },
      {
        file: forwarding,
        find: 'const { term, leader, commitIndex } = message;',
        replace: 'const { term, leader, commitIndex, session } = message;',
      },
    ],
    killer: { by: 'tests', files: [relayTests] },
  },
  {
    id: 'relay-previous-overwritten',
    title: 'What a relay passes on says that it follows on its own last entry',
    seen: 'the original, S17 (prevLogIndex is overwritten while the batch is taken in)',
    why: 'Nobody below can append it.',
    patches: [
      {
        file: forwarding,
        find: 'const { firstIndex, prevTerm } = batches[0]!;',
        replace: 'const [firstIndex, prevTerm] = [lastIndexOf(batches.at(-1)!) + 1, batches.at(-1)!.term];',
      },
    ],
    killer: { by: 'tests', files: [relayTests] },
  },
  {
    id: 'relay-changes-shared-request',
    title: 'A relay makes what it passes on out of the message that it is still taking in',
    seen: 'the original, S18 (isFromLeader and subReceivers of a shared request are changed)',
    why: 'It takes in, and answers, what was meant for another.',
    patches: [
      {
        file: forwarding,
        find: '  core.send({\n    type: MessageType.append,\n    from: core.id,\n    to: node,\n    term,\n    leader,\n    session,\n    commitIndex,\n    mayOvertake: true,\n    ...passed,\n  });',
        replace:
          '  core.send(Object.assign(message, { from: core.id, to: node, term, leader, session, commitIndex, mayOvertake: true, ...passed }));',
      },
    ],
    killer: { by: 'tests', files: [relayTests] },
  },
  {
    id: 'relay-drops-repeat',
    title: 'A relay passes on once what follows on the same entry',
    seen: 'the original, L18 (its relay heap goes by prevLogIndex only)',
    why: 'What is sent again for other receivers, or in a new term, goes no further.',
    patches: [
      {
        file: forwarding,
        find: '  for (const route of message.routes) {\n',
        replace:
          '  core.relayed ??= new Set();\n  if (core.relayed.has(message.prevIndex)) return;\n  core.relayed.add(message.prevIndex);\n  for (const route of message.routes) {\n',
      },
    ],
    killer: { by: 'tests', files: [relayTests] },
  },
  {
    id: 'orders-overtake-entries',
    title: 'The orders for those below go out before what they are to pass on',
    seen: 'the original, L5 (a sub-tree misses the entry)',
    why: 'A relay is told to pass on what it does not have yet.',
    patches: [
      { file: forwarding, find: 'i === runs.length - 1 ? route.routes : []', replace: 'i === 0 ? route.routes : []' },
    ],
    killer: { by: 'tests', files: [relayTests] },
  },
  {
    id: 'relayed-back-to-leader',
    title: 'A relay passes on to whomever it is told to, be it the leader or itself',
    seen: 'RedisRaft#13 (Jepsen 2020, what is passed on goes round in circles)',
    why: 'One message without sense circles for ever.',
    patches: [
      {
        file: forwarding,
        find: 'if (route.node === core.id || route.node === message.leader) continue;',
        replace: '',
      },
    ],
    killer: { by: 'tests', files: [relayTests] },
  },
  {
    id: 'higher-term-told-to-relay',
    title: 'That a leader’s term is over is told to the relay that passed its entries on',
    seen: 'the original, L5 (a higher term from a sub-follower is lost)',
    why: 'The leader does not hear of it, and the relay has no use for it.',
    patches: [{ file: raft, find: '        to: leaderOf(message),\n', replace: '        to: message.from,\n' }],
    killer: { by: 'tests', files: [relayTests] },
  },
  {
    id: 'refusal-told-to-relay',
    title: 'That an append was refused is told to the relay that passed it on',
    seen: 'the original, L5 and L7 (the result of a relayed append is ignored)',
    why: 'The leader takes it for received until two heartbeats have shown otherwise.',
    patches: [{ file: follower, find: '      to: message.leader,\n', replace: '      to: message.from,\n' }],
    killer: { by: 'tests', files: [relayTests] },
  },
  {
    id: 'relayed-loss-not-made-up',
    title: 'What a relay was to pass on, and did not, is never sent again',
    seen: 'the original, L5 (relays fire and forget)',
    why: 'One lost message stalls a follower.',
    patches: [
      { file: leader, find: missing, replace: missing.replace('missing', 'missing && follower.relay === undefined') },
    ],
    killer: { by: 'core', check: 'liveness' },
  },
  {
    id: 'broken-relay-waited-for',
    title: 'When the connection to a relay breaks, its receivers wait for what it was to pass on',
    seen: 'the original, L6 and L17 (a connection that is gone is no failure)',
    why: 'Two rounds of heartbeats are lost each time.',
    patches: [
      {
        file: leader,
        find: 'for (const receiver of this.#dispatch.fedThrough(peer)) this.#sendAgain(receiver);',
        replace: '',
      },
    ],
    killer: { by: 'tests', files: [relayTests] },
  },
  {
    id: 'bad-relay-used-for-ever',
    title: 'A relay that does not reach a receiver is given the next entries for it all the same',
    seen: 'the original, L5 (suspects stay in the first level)',
    why: 'Each entry is lost, found missing, and sent again.',
    patches: [
      {
        file: relayDispatch,
        find: "    if (typeof carrier === 'number') this.#distrust.note(carrier, follower.id);\n",
        replace: '',
      },
    ],
    killer: { by: 'tests', files: [relayTests] },
  },
  {
    id: 'distrust-never-grows',
    title: 'A relay that fails again and again is tried as often as one that failed once',
    seen: 'the original, L5 and L4 (no memory of what failed)',
    why: 'A link that is cut for long costs a retry in every election timeout.',
    patches: [
      { file: distrust, find: 'const times = isRepeated ? before.times + 1 : 1;', replace: 'const times = 1;' },
    ],
    killer: { by: 'tests', files: [relayTests] },
  },
  {
    id: 'silent-relay-used',
    title: 'A node that has answered nothing for some heartbeats is relied on',
    seen: 'the original, L5 (one dead follower stalls any group)',
    why: 'Each entry waits until it is found missing below.',
    patches: [
      {
        file: relayDispatch,
        find: 'return this.#isInStep(follower) && isResponsive(this.#core, follower);',
        replace: 'return this.#isInStep(follower);',
      },
    ],
    killer: { by: 'tests', files: [relayTests] },
  },
  {
    id: 'full-relay-relied-on',
    title: 'A relay that has no room for more, and gets none, is relied on for as long as it answers',
    seen: 'Balsa itself, found in the making of this museum; the original, L10 (one slow follower holds up all)',
    why: 'Its disk is stuck, it passes on what it gets, gets nothing, and nobody below gets anything.',
    patches: [{ file: relayDispatch, find: 'follower.heldUpSinceTick ??= nowTick;', replace: '' }],
    killer: { by: 'core', check: 'liveness' },
  },
  {
    id: 'relayed-bytes-not-counted',
    title: 'What travels through relays does not count as under way',
    seen: 'the original, R3 (relays’ queues without bounds)',
    why: 'A relay has to hold without limit what a slow receiver does not take.',
    patches: [
      {
        file: relayDispatch,
        find: 'follower.sent(lastIndexOf(batches.at(-1)!), bytesOf(batches), nowTick, carrier);',
        replace: 'follower.sent(lastIndexOf(batches.at(-1)!), 0, nowTick, carrier);',
      },
    ],
    killer: { by: 'tests', files: [relayTests] },
  },
  {
    id: 'probe-by-relay',
    title: 'A follower of whom nothing is known is fed through a relay',
    seen: 'the original, S11 (positions that nobody has compared)',
    why: 'Where it stands has to be asked, one message at a time; what is relayed to it is guesswork.',
    patches: [
      {
        file: relayDispatch,
        find: inStepReceiver,
        replace: 'if (follower === undefined || this.#distrust.holds(relay.id, receiver.node)) {',
      },
    ],
    killer: { by: 'tests', files: [relayTests] },
  },
  {
    id: 'fed-from-two-sides',
    title: 'A plan may name a node twice',
    seen: 'the original, L18 (receivers that are told apart by nothing)',
    why: 'The same entries travel to it, and below it, twice.',
    patches: [
      {
        file: routePlan,
        find: 'if (seen.has(node)) return',
        replace: 'if (false) return',
      },
    ],
    killer: { by: 'tests', files: [relayTests] },
  },
  {
    id: 'weight-not-a-number',
    title: 'A measured time that is not a number is taken for one',
    seen: 'the original, L12 (weights and orders of what is not a number)',
    why: 'Nothing can be drawn by such weights, and nobody relays, or always the same node.',
    patches: [
      {
        file: routePlanner,
        find: '  if (value === undefined || Number.isNaN(value)) return floor;\n',
        replace: '  if (value === undefined) return floor;\n',
      },
    ],
    killer: { by: 'tests', files: ['packages/replica/src/dispatch/route-planner.test.ts'] },
  },
  {
    id: 'far-nodes-weighed-with-near-ones',
    title: 'Followers of all zones are weighed together',
    seen: 'Balsa itself, in the making of zones',
    why: 'Next to those around the leader, everybody far away is too slow to relay, and a zone is always entered by whoever stands first.',
    patches: [
      {
        file: zonedPlanner,
        find: 'const tree = treeOf(inTurn(followers, 1, this.#turnsIn(zone), random),',
        replace:
          'const far = followers.map((it) => it.node);\n      const tree = treeOf(inTurn(candidates, 1, this.#turnsIn(zone), random).filter((node) => far.includes(node)),',
      },
    ],
    killer: { by: 'tests', files: ['packages/replica/src/dispatch/zoned-planner.test.ts'] },
  },
  {
    id: 'zone-entered-again',
    title: 'Whoever in a zone has no room below its relay is fed from outside',
    seen: 'Balsa itself, in the making of zones; PigPaxos (SIGMOD 2021: one relay for each region)',
    why: 'Each batch crosses a link that is slow, or paid for, as often as there are nodes beyond it.',
    patches: [
      {
        file: zonedPlanner,
        find: '(host?.relay.receivers ?? plan).push(tree);',
        replace: '(host?.relay.receivers ?? plan).push(tree, ...tree.receivers.splice(1));',
      },
    ],
    killer: { by: 'tests', files: ['packages/replica/src/dispatch/zoned-planner.test.ts'] },
  },
  {
    id: 'relayed-to-older-release',
    title: 'A node of an older release is sent what a relay passes on, as if the relay had said it',
    seen: 'Balsa itself, in the making of version 4 of its wire; the original, S18 (isFromLeader is unset)',
    why: 'It takes the relay for the leader, answers it, and finds two leaders in one term.',
    patches: [
      {
        file: neededVersion,
        find: '      if (message.leader !== message.from || message.routes.length > 0) return since.relays;\n',
        replace: '',
      },
    ],
    killer: { by: 'tests', files: ['packages/replica/src/transport/needed-version.test.ts'] },
  },
];
