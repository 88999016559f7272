import { describe, expect, it } from 'vitest';
import { overflowPolicy, policyNames, servedPolicy } from '../../../../src/core/overload/policy.js';
import { codeOf } from '../../../support/core/code-of.js';

const none = Number.POSITIVE_INFINITY;

describe('the text of a policy', () => {
  it('a name alone limits nothing but what the log retains', () => {
    for (const name of ['drop-oldest', 'drop-newest', 'disconnect']) {
      expect(overflowPolicy(name)).toEqual({
        rule: name,
        limits: { messages: none, bytes: none, age: none },
        text: name,
      });
    }
  });

  it('conflate begins with whatever a flush leaves, or above the limits that are given', () => {
    const { limits, text } = overflowPolicy('conflate');
    expect([limits, text]).toEqual([{ messages: 0, bytes: none, age: none }, 'conflate']);
    expect(overflowPolicy('conflate/bytes=64k').limits.messages).toBe(none);
  });

  it('limits stand behind the name, in any order and unit, and have one canonical text', () => {
    expect(overflowPolicy('drop-oldest/age=1000us/bytes=65536/messages=1000')).toEqual({
      rule: 'drop-oldest',
      limits: { messages: 1_000, bytes: 65_536, age: 1_000 },
      text: 'drop-oldest/messages=1000/bytes=64k/age=1ms',
    });
    for (const text of [
      'drop-newest/bytes=1M',
      'drop-newest/age=200ms',
      'disconnect/age=2s',
      'deadline=200ms',
      'drop-oldest/messages=16777216',
      'drop-oldest/bytes=1048576M',
    ]) {
      expect(overflowPolicy(text).text).toBe(text);
    }
  });

  it('the feed waits with block, which nobody who serves strangers may have', () => {
    expect(overflowPolicy('block').limits.messages).toBe(0);
    expect(overflowPolicy('block/bytes=65536').text).toBe('block/bytes=64k');
    for (const text of ['block', 'block/messages=5'])
      expect(() => servedPolicy(text)).toThrow(
        expect.objectContaining({
          code: 'LAB_ERR_BAD_VALUE',
          hint: expect.stringMatching(/conflate/),
        }),
      );
    expect(servedPolicy('conflate').rule).toBe('conflate');
    expect(policyNames()).not.toContain('block');
  });

  it('a deadline is drop-oldest by age', () => {
    const { rule, limits } = overflowPolicy('deadline=200ms');
    expect([rule, limits]).toEqual(['drop-oldest', { messages: none, bytes: none, age: 200_000 }]);
  });

  it.each(['', 'drop', 'drop-oldest=5', 'Drop-oldest', 'toString', 'drop-oldest,disconnect'])(
    'what names no policy is unknown: %j',
    (text) => {
      expect(codeOf(() => overflowPolicy(text))).toBe('LAB_ERR_UNKNOWN_POLICY');
    },
  );

  it.each([
    'drop-oldest/',
    'drop-oldest/messages=0',
    'drop-oldest/messages=1k',
    'drop-oldest/messages=5/messages=6',
    'drop-oldest/bytes=64K',
    'drop-oldest/bytes=2000000M',
    'drop-oldest/age=200',
    'drop-oldest/age=2h',
    'drop-oldest/toString=1',
    'deadline',
    'deadline=',
    'deadline=0ms',
    'deadline=5ms/messages=3',
  ])('what cannot be is refused with a hint: %j', (text) => {
    expect(() => overflowPolicy(text)).toThrow(
      expect.objectContaining({ code: 'LAB_ERR_BAD_VALUE', hint: expect.any(String) }),
    );
  });
});
