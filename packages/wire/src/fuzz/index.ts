import { clientFrameTargets } from './client-frames.ts';
import { connectionTargets } from './connection.ts';
import { dataTargets } from './data.ts';
import type { FuzzTarget } from './target.ts';

export { throughFakeSocket } from './fake-socket.ts';
export {
  type DecoderSpec,
  decoderTarget,
  expectRefusal,
  FuzzFinding,
  type FuzzTarget,
  inputBytesMax,
  type Refusal,
} from './target.ts';

export const wireTargets: readonly FuzzTarget[] = [...connectionTargets, ...clientFrameTargets, ...dataTargets];
