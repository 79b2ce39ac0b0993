import { describe, expect, it } from 'vitest';
import { AppliedHistory } from './applied-history.ts';

const command = Buffer.from('write 1');
const result = Buffer.from('done');

describe('what members have applied', () => {
  it('is told once, in the order of the log, whoever comes first', () => {
    const told: string[] = [];
    const history = new AppliedHistory((index, bytes) => told.push(`${index} ${bytes.toString()}`));
    history.applied(1, 5, command, result);
    history.applied(2, 5, Buffer.from('write 1'), Buffer.from('done'));
    history.applied(2, 6, Buffer.from('write 2'), result);
    expect(told).toEqual(['5 write 1', '6 write 2']);
    expect(history.commands).toBe(2);
  });

  it('must be the same command at the same index, with the same result', () => {
    const history = new AppliedHistory(() => {});
    history.applied(1, 5, command, result);
    expect(() => history.applied(2, 5, Buffer.from('write 2'), result)).toThrow('state-machine safety: nodes 1 and 2');
    expect(() => history.applied(3, 5, command, Buffer.from('no'))).toThrow('determinism: nodes 1 and 3');
  });

  it('must lead to the same state', () => {
    const history = new AppliedHistory(() => {});
    history.checksum(1, 5, 77);
    expect(() => history.checksum(2, 5, 77)).not.toThrow();
    expect(() => history.checksum(3, 5, 78)).toThrow('replicas differ: at index 5: node 1 77, node 3 78');
  });
});
