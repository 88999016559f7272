import { describe, expect, it } from 'vitest';
import type { Welcome } from '../../../../src/core/message.js';
import { GrantedPolicy } from '../../../../src/core/overload/granted-policy.js';

const welcome = (policy?: string): Welcome => ({
  control: 'welcome',
  protocol: 1,
  codec: 'line-json',
  epoch: '0123456789abcdef',
  next: 1,
  oldest: 1,
  snapshot: 0,
  heartbeat_ms: 1_000,
  ...(policy === undefined ? {} : { policy }),
});

describe('the policy that a server granted', () => {
  it('is told when it is not the one asked for, once, and again when another server grants another', () => {
    const policy = new GrantedPolicy('drop-oldest/messages=5000');
    const told = (granted: string): unknown => policy.compare(welcome(granted));
    expect(told('drop-oldest/messages=100')).toEqual({
      requested: 'drop-oldest/messages=5000',
      granted: 'drop-oldest/messages=100',
    });
    expect(told('drop-oldest/messages=100')).toBeUndefined();
    expect(told('drop-oldest/messages=5000')).toBeUndefined();
    expect(told('drop-oldest/messages=7')).toMatchObject({ granted: 'drop-oldest/messages=7' });
  });

  it('is the one asked for in whatever order and units that was written', () => {
    const policy = new GrantedPolicy('conflate/age=1000ms/bytes=65536');
    expect(policy.compare(welcome('conflate/bytes=64k/age=1s'))).toBeUndefined();
  });

  it('is no news to who asked for none, nor of a server that tells none', () => {
    expect(new GrantedPolicy(undefined).compare(welcome('conflate'))).toBeUndefined();
    expect(new GrantedPolicy('conflate').compare(welcome())).toBeUndefined();
  });

  it('of a later release is compared as it stands', () => {
    const policy = new GrantedPolicy('drop-middle/rows=5');
    expect(policy.compare(welcome('drop-middle/rows=5'))).toBeUndefined();
    expect(new GrantedPolicy('drop-middle').compare(welcome('drop-oldest'))).toMatchObject({
      granted: 'drop-oldest',
    });
  });
});
