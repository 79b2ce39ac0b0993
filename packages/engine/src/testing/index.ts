// What the data group must show after some commands, for whoever tests what lies around it.

export {
  type Command,
  type Content,
  decodeCommand,
  encodeCommand,
  naiveContent,
} from '../storage/testing/naive-log.ts';
