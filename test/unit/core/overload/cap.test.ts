/** What a server allows at most: whoever asks for more gets that. */
import { describe, expect, it } from 'vitest';
import { backlogLimits } from '../../../../src/core/overload/limits.js';
import { capped, overflowPolicy } from '../../../../src/core/overload/policy.js';
import { feed } from '../../../support/core/broadcast-feed.js';
import { codeOf } from '../../../support/core/code-of.js';

const CAP = 'messages=100/bytes=64k/age=1s';

describe('the cap of a server', () => {
  it.each([
    ['drop-oldest', 'drop-oldest/messages=100/bytes=64k/age=1s'],
    ['drop-oldest/messages=7', 'drop-oldest/messages=7/bytes=64k/age=1s'],
    ['drop-oldest/messages=5000/bytes=1k/age=1h', undefined],
    ['drop-newest/messages=5000', 'drop-newest/messages=100/bytes=64k/age=1s'],
    ['disconnect/age=5s', 'disconnect/messages=100/bytes=64k/age=1s'],
    ['deadline=200ms', 'drop-oldest/messages=100/bytes=64k/age=200ms'],
    ['conflate/messages=5000', 'conflate/messages=100/bytes=64k/age=1s'],
    ['conflate', 'conflate'],
    ['drop-oldest/messages=7/bytes=1k/age=1ms', 'drop-oldest/messages=7/bytes=1k/age=1ms'],
  ])('%s becomes %s', (asked, granted) => {
    if (granted === undefined) {
      expect(codeOf(() => overflowPolicy(asked))).toBe('LAB_ERR_BAD_VALUE');
      return;
    }
    const policy = capped(overflowPolicy(asked), backlogLimits(CAP));
    expect(policy.text).toBe(granted);
    // What is told can be read back, and means the same.
    expect(overflowPolicy(policy.text)).toEqual(policy);
  });

  it('one limit of three leaves the others as they are', () => {
    expect(capped(overflowPolicy('deadline=200ms'), backlogLimits('age=50ms')).text).toBe(
      'drop-oldest/age=50ms',
    );
  });

  it.each([
    '',
    'messages',
    'messages=0',
    'age=1',
    'messages=1/messages=2',
    'drop-oldest',
    'rows=1',
  ])('what is no limit is refused with a hint: %j', (text) => {
    expect(() => backlogLimits(text)).toThrow(
      expect.objectContaining({ code: 'LAB_ERR_BAD_VALUE', hint: expect.any(String) }),
    );
  });

  it('holds for who asks for more, for who asks for nothing, and for the default', () => {
    const { broadcast, join, publish, clock } = feed({ maxBacklog: 'messages=3' });
    const greedy = join({ policy: 'drop-oldest/messages=1000' });
    const silent = join();
    const modest = join({ policy: 'drop-oldest/messages=2' });
    for (const { sink } of [greedy, silent, modest]) sink.blocked = true;
    for (let i = 0; i < 10; i++) {
      publish(1);
      clock.advance(1);
    }
    broadcast.flush();
    expect([greedy, silent, modest].map(({ subscriber }) => subscriber.lag)).toEqual([3, 3, 2]);
    expect([greedy, silent, modest].map(({ subscriber }) => subscriber.policy.text)).toEqual([
      'drop-oldest/messages=3',
      'drop-oldest/messages=3',
      'drop-oldest/messages=2',
    ]);
  });

  it('of age holds for drop-newest too: what is published beyond it is skipped', () => {
    const { join, publish, clock, broadcast } = feed({ maxBacklog: 'age=5ms' });
    const { sink, subscriber } = join({ policy: 'drop-newest' });
    sink.blocked = true;
    for (let i = 0; i < 20; i++) {
      publish(1);
      clock.advance(1);
    }
    sink.blocked = false;
    broadcast.flush();
    publish(1);
    clock.advance(1);
    expect(sink.events).toEqual([1, 2, 3, 4, 5, 6, 7, 'lagged:13', 21]);
    expect(sink.seqs.length + subscriber.dropped).toBe(21);
  });
});
