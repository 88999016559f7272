import { describe, expect, it } from 'vitest';
import { parseAlert } from '../../../src/client/alert/parse.js';
import { AlertWatch } from '../../../src/client/alert/watch.js';
import type { MessageValue } from '../../../src/core/message.js';
import { codeOf } from '../../support/core/code-of.js';

const compare = (key: string, operator: string, number: number, ...path: string[]): unknown => ({
  type: 'compare',
  key,
  path,
  operator,
  number,
});

describe('an alert', () => {
  it.each([
    ['AAPL < 215', compare('AAPL', '<', 215)],
    ['AAPL.price>=-2.5e1', compare('AAPL', '>=', -25, 'price')],
    ['"BRK.B"."a b".0 != .5', compare('BRK.B', '!=', 0.5, 'a b', '0')],
    ['600519 == 1', compare('600519', '==', 1)],
    ['BTC-USD <= 1', compare('BTC-USD', '<=', 1)],
    ['"and" > -0', compare('and', '>', 0)],
    [
      'a<1 and b>2 OR c==3',
      {
        type: 'or',
        terms: [
          { type: 'and', terms: [compare('a', '<', 1), compare('b', '>', 2)] },
          compare('c', '==', 3),
        ],
      },
    ],
    [
      'a<1 and (b>2 or c==3)',
      {
        type: 'and',
        terms: [
          compare('a', '<', 1),
          { type: 'or', terms: [compare('b', '>', 2), compare('c', '==', 3)] },
        ],
      },
    ],
    ['((a<1))', compare('a', '<', 1)],
  ])('%s is read: `and` before `or`, brackets before both', (text, expected) => {
    expect(parseAlert(text)).toEqual(expected);
  });

  it.each([
    ['', 1, 'the end, not a key'],
    ['AAPL', 5, 'the end, not a comparison'],
    ['AAPL <', 7, 'the end, not a number'],
    ['AAPL < x', 8, '"x", not a number'],
    ['AAPL < 1e999', 8, '"1e999", not a number'],
    ['AAPL < 215abc', 8, '"215abc", not a number'],
    ['AAPL = 1', 6, '"= 1", not a comparison'],
    ['AAPL. < 1', 7, '"< 1", not a member'],
    ['AAPL < 1 && IBM > 2', 10, '"&& IBM > 2" where it should end'],
    ['AAPL < 1 and', 13, 'the end, not a key'],
    ['and < 1', 1, '"and < 1", not a key'],
    ['(AAPL < 1', 10, 'the end, not )'],
    ['AAPL < 1)', 9, '")" where it should end'],
    ['"AAPL < 1', 1, '"\\"AAPL < 1", not a key'],
    ['"\\q" < 1', 1, 'a string that is not a JSON string'],
    [`${'('.repeat(33)}a<1${')'.repeat(33)}`, 33, 'more than 32 brackets'],
    [`${' '.repeat(4_100)}a<1`, 4_097, 'is longer than 4096 characters'],
  ])('%j is refused at its column', (text, column, problem) => {
    expect(codeOf(() => parseAlert(text))).toBe('LAB_ERR_BAD_VALUE');
    expect(() => parseAlert(text, '--alert')).toThrow(`column ${column}: ${problem}`);
  });

  /** Which of the values, given in turn to the keys, make the alert fire. */
  const firings = (text: string, ...messages: readonly [string, MessageValue][]): number[] => {
    const watch = new AlertWatch(parseAlert(text));
    return messages.flatMap(([key, value], i) =>
      watch.apply({ seq: i + 1, time: 0, key, value }) ? [i] : [],
    );
  };

  it('fires when it becomes true, and not again until it has been false', () => {
    const values: [string, MessageValue][] = [216, 214, 213, 216, 214].map((price) => [
      'AAPL',
      { price },
    ]);
    expect(firings('AAPL < 215', ...values)).toEqual([1, 4]);
  });

  it('looks at the number itself, else at price, else at value', () => {
    expect(firings('k > 1', ['k', 2])).toEqual([0]);
    expect(firings('k > 1', ['k', { value: 2, price: 0 }])).toEqual([]);
    expect(firings('k > 1', ['k', { value: 2, price: 'high' }])).toEqual([0]);
    expect(firings('k.a.1 > 1', ['k', { a: [0, 2] }])).toEqual([0]);
  });

  it('what is not there, or no number, compares with nothing', () => {
    for (const operator of ['<', '<=', '>', '>=', '==', '!=']) {
      expect(
        firings(
          `k ${operator} 0`,
          ['k', '0'],
          ['k', null],
          ['k', Uint8Array.of(0)],
          ['k', { price: true }],
        ),
      ).toEqual([]);
      expect(firings(`k.toString.length ${operator} 0`, ['k', { price: 1 }])).toEqual([]);
    }
  });

  it('takes the newest value of each of its keys, and no notice of others', () => {
    expect(
      firings('a < 1 and b > 1', ['a', 0], ['b', 0], ['b', 2], ['c', 5], ['a', 2], ['a', 0]),
    ).toEqual([2, 5]);
    expect(firings('a < 1 or b > 1', ['a', 0], ['b', 2], ['a', 1], ['b', 0], ['b', 9])).toEqual([
      0, 4,
    ]);
  });

  it.each([
    ['<', [true, false, false]],
    ['<=', [true, true, false]],
    ['>', [false, false, true]],
    ['>=', [false, true, true]],
    ['==', [false, true, false]],
    ['!=', [true, false, true]],
  ])('%s compares as numbers do', (operator, expected) => {
    expect([1, 2, 3].map((value) => firings(`k ${operator} 2`, ['k', value]).length === 1)).toEqual(
      expected,
    );
  });
});
