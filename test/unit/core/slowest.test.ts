import { describe, expect, it } from 'vitest';
import { slowestOf } from '../../../src/core/slowest.js';

type Measured = Parameters<typeof slowestOf>[0] extends Iterable<infer One> ? One : never;

function client(remote: string, figures: Partial<Measured> = {}): Measured {
  return {
    ended: false,
    lag: 0,
    dropped: 0,
    conflated: 0,
    policy: { rule: 'drop-oldest' } as Measured['policy'],
    sink: { remote, flush() {}, lagged() {}, end() {} },
    ...figures,
  };
}

describe('the slowest clients', () => {
  it('are those with the longest backlog, then those that lost most, and no more than asked for', () => {
    const clients = [
      client('a', { lag: 5 }),
      client('b', { lag: 9, dropped: 1 }),
      client('c', { lag: 9, conflated: 4 }),
      client('d', { dropped: 100 }),
      client('e', { lag: 1 }),
    ];
    for (const order of [clients, clients.toReversed()]) {
      expect(slowestOf(order, 3).map(({ remote }) => remote)).toEqual(['c', 'b', 'a']);
      expect(slowestOf(order, 9).map(({ remote }) => remote)).toEqual(['c', 'b', 'a', 'e', 'd']);
    }
  });

  it('are none that is in step and lost nothing, and none that has ended', () => {
    expect(slowestOf([client('a'), client('b', { lag: 9, ended: true })], 10)).toEqual([]);
  });

  it('come with their policy and what it did', () => {
    const [one] = slowestOf([client('tcp://h:1', { lag: 2, dropped: 3, conflated: 4 })], 1);
    expect(one).toEqual({
      remote: 'tcp://h:1',
      policy: 'drop-oldest',
      backlog: 2,
      dropped: 3,
      conflated: 4,
    });
  });
});
