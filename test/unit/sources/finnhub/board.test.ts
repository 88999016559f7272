import { describe, expect, it } from 'vitest';
import { Board } from '../../../../src/sources/finnhub/board.js';
import { Counters } from '../../../../src/sources/finnhub/counters.js';
import { ItemQueue } from '../../../../src/sources/finnhub/queue.js';
import {
  parseFrame,
  parseQuote,
  type Quote,
} from '../../../../src/sources/finnhub/stream/messages.js';
import type { SourceItem } from '../../../../src/sources/source.js';
import { FakeClock } from '../../../support/core/fake-clock.js';

const SECOND = 1_000_000;
const T = 1_700_000_000 * SECOND;

const quote = (price: number, second: number): Quote => ({
  price,
  change: null,
  percent: null,
  high: 9,
  low: 1,
  open: 2,
  previousClose: 2,
  time: T + second * SECOND,
});

class Rig {
  readonly clock = new FakeClock(T + 100 * SECOND);
  readonly counters = new Counters();
  readonly items: SourceItem[] = [];
  readonly board = new Board({
    symbols: ['A', 'B'],
    clock: this.clock,
    counters: this.counters,
    staleMs: 60_000,
    publish: (item) => this.items.push(item),
  });

  /** A quote that was asked for `agoMs` before it came. */
  quote(price: number, second: number, agoMs = 100): void {
    this.board.quote('A', quote(price, second), this.clock.now() - agoMs * 1_000);
  }

  /** A trade so many ms after T. */
  trade(price: number, ms: number, symbol = 'A'): boolean {
    return this.board.trade({ symbol, price, volume: 1, time: T + ms * 1_000 });
  }

  get prices(): unknown[] {
    return this.items.map(({ value }) => (value as { price: number }).price);
  }
}

describe('what is published of a symbol', () => {
  it('every trade in the order told, also two of one time or one told late', () => {
    const rig = new Rig();
    for (const [price, ms] of [
      [5, 1_000],
      [6, 1_000],
      [7, 999],
      [7, 999],
    ] as const)
      rig.trade(price, ms);
    expect(rig.prices).toEqual([5, 6, 7, 7]);
    expect(rig.trade(1, 1, 'C')).toBe(false);
    expect(rig.items).toHaveLength(4);
  });

  it('no quote older than what was published, and no trade older than a published quote', () => {
    const rig = new Rig();
    rig.trade(5, 20_500);
    rig.clock.advance(10_000);
    rig.quote(4, 19);
    rig.quote(6, 25);
    rig.trade(5.5, 24_999);
    rig.trade(7, 25_000);
    expect(rig.prices).toEqual([5, 6, 7]);
    expect(rig.counters.outdated).toBe(2);
  });

  it('no quote that was asked for before a trade came in', () => {
    const rig = new Rig();
    rig.trade(5, 20_500);
    rig.clock.advance(50);
    rig.quote(6, 21, 100);
    expect(rig.prices).toEqual([5]);
    rig.quote(6, 21, 10);
    expect(rig.prices).toEqual([5, 6]);
  });

  it('no other price of the same second as a trade, until upstream had 5 s to settle', () => {
    const rig = new Rig();
    rig.trade(5, 20_500);
    rig.clock.advance(4_000);
    rig.quote(4, 20);
    expect(rig.prices).toEqual([5]);
    rig.clock.advance(1_200);
    rig.quote(4, 20);
    expect(rig.prices).toEqual([5, 4]);
  });
});

describe('a symbol that is not heard of', () => {
  it('is marked once after the limit, each by its own time, and unmarked by any good answer', () => {
    const rig = new Rig();
    rig.quote(5, 1);
    rig.clock.advance(30_000);
    rig.board.quote('B', quote(8, 1), rig.clock.now());
    rig.clock.advance(29_999);
    expect(rig.board.stale).toBe(0);
    rig.clock.advance(1);
    expect(rig.items.slice(2)).toEqual([
      { key: 'A', value: { ...quote(5, 1), stale: true }, time: T + 160 * SECOND },
    ]);
    rig.clock.advance(600_000);
    expect([rig.board.stale, rig.items.length]).toEqual([2, 4]);
    rig.quote(5, 1);
    expect(rig.items[4]).toEqual({ key: 'A', value: quote(5, 1), time: T + SECOND });
    rig.board.trade({ symbol: 'B', price: 9, volume: 1, time: T + 2 * SECOND });
    expect(rig.board.stale).toBe(0);
    rig.board.close();
    expect(rig.clock.pending).toBe(0);
  });

  it('is unmarked by an older quote too, with what is known', () => {
    const rig = new Rig();
    rig.trade(5, 20_000);
    rig.clock.advance(60_000);
    rig.quote(4, 10);
    expect(rig.items.slice(1).map(({ value }) => value)).toEqual([
      { price: 5, volume: 1, time: T + 20 * SECOND, stale: true },
      { price: 5, volume: 1, time: T + 20 * SECOND },
    ]);
  });

  it('without a value is not marked: there is nothing to mark', () => {
    const rig = new Rig();
    rig.clock.advance(600_000);
    expect([rig.items.length, rig.clock.pending]).toEqual([0, 0]);
  });

  it('is not marked while the stream covers it, and a limit after the stream was last heard of', () => {
    const rig = new Rig();
    rig.quote(5, 1);
    rig.board.cover(true, rig.clock.now());
    rig.clock.advance(600_000);
    expect(rig.board.stale).toBe(0);
    rig.board.cover(false, rig.clock.now() - 20 * SECOND);
    rig.clock.advance(39_999);
    expect(rig.board.stale).toBe(0);
    rig.clock.advance(1);
    expect(rig.board.stale).toBe(1);
  });
});

describe('what Finnhub says', () => {
  const fields = {
    c: 261.74,
    d: 2.29,
    dp: 0.8827,
    h: 263.31,
    l: 260.68,
    o: 261.07,
    pc: 259.45,
    t: 1582641000,
  };

  it('a quote is taken by its short names, its time in µs', () => {
    expect(parseQuote(JSON.stringify(fields))).toEqual({
      price: 261.74,
      change: 2.29,
      percent: 0.8827,
      high: 263.31,
      low: 260.68,
      open: 261.07,
      previousClose: 259.45,
      time: 1_582_641_000_000_000,
    });
    expect(parseQuote(JSON.stringify({ ...fields, d: null, dp: undefined, new: 1 }))).toMatchObject(
      {
        change: null,
        percent: null,
      },
    );
    expect(parseQuote('{"c":0,"d":null,"dp":null,"h":0,"l":0,"o":0,"pc":0,"t":0}')).toBe('unknown');
  });

  it.each([
    '',
    '[]',
    'null',
    '{}',
    '{"error":"x"}',
    JSON.stringify({ ...fields, c: null }),
    JSON.stringify({ ...fields, t: 1.5 }),
    JSON.stringify({ ...fields, t: -1 }),
    JSON.stringify({ ...fields, t: 1_582_641_000_000 * 10 }),
    JSON.stringify({ ...fields, t: 0 }),
    JSON.stringify({ ...fields, c: 0 }),
    JSON.stringify(fields).replace('261.74', '1e999'),
  ])('%j is not a quote', (text) => {
    expect(parseQuote(text)).toBeUndefined();
  });

  it('messages of the stream are taken as documented', () => {
    expect(
      parseFrame(
        '{"data":[{"p":7296.89,"s":"BINANCE:BTCUSDT","t":1575526691134,"v":0.011467}],"type":"trade"}',
      ),
    ).toEqual({
      type: 'trade',
      trades: [
        {
          symbol: 'BINANCE:BTCUSDT',
          price: 7296.89,
          volume: 0.011467,
          time: 1_575_526_691_134_000,
        },
      ],
      malformed: 0,
    });
    expect(parseFrame('{"type":"ping"}')).toEqual({ type: 'ping' });
    expect(parseFrame('{"type":"error","msg":"Invalid symbol"}')).toEqual({
      type: 'error',
      message: 'Invalid symbol',
    });
    expect(parseFrame('{"type":"error","msg":7}')).toEqual({ type: 'error', message: '' });
    expect(parseFrame('{"error":"no"}')).toEqual({ type: 'error', message: 'no' });
    expect(parseFrame('{"type":"news","data":[]}')).toBeUndefined();
    expect(parseFrame('{"type":"trade"}')).toBeUndefined();
    expect(parseFrame('ping')).toBeUndefined();
  });
});

describe('the queue to the consumer', () => {
  const item = (value: number): SourceItem => ({ key: 'k', value });
  const taken = async (queue: ItemQueue, count: number): Promise<unknown[]> => {
    const values: unknown[] = [];
    for (let n = 0; n < count; n++) values.push((await queue.next()).value?.value);
    return values;
  };

  it('keeps the newest up to its limit, in order, and counts what gave way', async () => {
    const queue = new ItemQueue(3);
    for (let value = 1; value <= 10; value++) queue.push(item(value));
    expect(queue.dropped).toBe(7);
    expect(await taken(queue, 2)).toEqual([8, 9]);
    for (let value = 11; value <= 13; value++) queue.push(item(value));
    expect(await taken(queue, 3)).toEqual([11, 12, 13]);
    expect(queue.dropped).toBe(8);
  });

  it('hands an item to who waits first, and the end to all', async () => {
    const queue = new ItemQueue(3);
    const waiting = [queue.next(), queue.next(), queue.next()];
    queue.push(item(1));
    queue.end();
    queue.push(item(2));
    expect((await Promise.all(waiting)).map(({ done }) => done)).toEqual([false, true, true]);
    expect(await queue.next()).toEqual({ done: true, value: undefined });
  });

  it('gives out what it has before it fails, once', async () => {
    const queue = new ItemQueue(3);
    queue.push(item(1));
    queue.fail(new Error('lost'));
    expect(await taken(queue, 1)).toEqual([1]);
    await expect(queue.next()).rejects.toThrow('lost');
    expect(await queue.next()).toEqual({ done: true, value: undefined });
  });
});
