/**
 * The stream of Finnhub: its trades replace the polling, and while it is refused, cut, silent or
 * wrong the polling replaces it.
 */
import { describe, expect, it } from 'vitest';
import { quoteOf } from '../../support/server/finnhub-fake.js';
import { FinnhubRig, MICROS, quoteValue, T } from '../../support/server/finnhub-rig.js';

describe('the stream of Finnhub', () => {
  it('gives trades as they are told, after a quote of each symbol, and ends the polling', async () => {
    const rig = await FinnhubRig.open('AAPL,MSFT');
    await rig.streaming();
    await expect
      .poll(() => rig.fake.told)
      .toEqual([
        { type: 'subscribe', symbol: 'AAPL' },
        { type: 'subscribe', symbol: 'MSFT' },
      ]);
    await rig.until(() => rig.items.length === 2 && rig.clock.pending === 1);
    const { upstreamCalls } = rig.stats;
    rig.fake.send({
      type: 'trade',
      data: [
        { p: 200.5, s: 'AAPL', t: T * 1e3 + 7, v: 12 },
        { p: 200.25, s: 'AAPL', t: T * 1e3 + 8, v: 0.5, c: ['1'] },
      ],
    });
    await expect
      .poll(() => rig.valuesOf('AAPL').slice(1))
      .toEqual([
        { price: 200.5, volume: 12, time: T * MICROS + 7_000 },
        { price: 200.25, volume: 0.5, time: T * MICROS + 8_000 },
      ]);
    rig.clock.advance(60_000);
    expect(rig.stats).toMatchObject({ upstreamCalls, stale: 0, streaming: true });
    expect(rig.errors).toEqual({});
  });

  it('refused, is polled for and asked for again, and taken when it works', async () => {
    const rig = await FinnhubRig.open('AAPL', (fake) => {
      fake.refuseStreams = 503;
    });
    await rig.until(() => (rig.errors.stream_refused ?? 0) >= 3);
    rig.fake.quotes.set('AAPL', quoteOf(201, T + 30));
    await rig.until(() => rig.items.length === 2);
    rig.fake.refuseStreams = undefined;
    await rig.until(() => rig.stats.streaming, 1_000);
    // One more look, then silence but for the watch over the stream.
    await rig.until(() => rig.clock.pending === 1, 1_000);
    expect(rig.stats.reconnects).toBe(0);
    expect(rig.failure).toBeUndefined();
  });

  it('cut, is replaced by polling until it is back, and what was missed is asked for', async () => {
    const rig = await FinnhubRig.open('AAPL');
    await rig.streaming();
    await rig.until(() => rig.clock.pending === 1);
    rig.fake.trade('AAPL', 200.5, T * 1e3);
    await expect.poll(() => rig.items.length).toBe(2);
    rig.fake.refuseStreams = 503;
    rig.fake.cut();
    await expect.poll(() => rig.stats.streaming).toBe(false);
    rig.fake.quotes.set('AAPL', quoteOf(203, T + 3));
    await rig.until(() => rig.items.length === 3);
    rig.fake.refuseStreams = undefined;
    await rig.until(() => rig.stats.streaming, 1_000);
    rig.fake.quotes.set('AAPL', quoteOf(204, T + 4));
    await rig.until(() => rig.items.length === 4, 1_000);
    expect(rig.valuesOf('AAPL').slice(1)).toEqual([
      { price: 200.5, volume: 100, time: T * MICROS },
      quoteValue(203, T + 3),
      quoteValue(204, T + 4),
    ]);
    // A trade older than a quote that was published is not news.
    rig.fake.trade('AAPL', 199, (T + 1) * 1e3);
    await expect.poll(() => rig.stats.outdated).toBe(1);
    expect(rig.items).toHaveLength(4);
    expect(rig.stats.reconnects).toBe(1);
    expect(rig.errors).toMatchObject({ stream_lost: 1 });
  });

  it('silent for two minutes is given up, pings are enough', async () => {
    const rig = await FinnhubRig.open('AAPL');
    await rig.streaming();
    await rig.until(() => rig.clock.pending === 1);
    rig.clock.advance(100_000);
    rig.fake.send({ type: 'ping' });
    rig.fake.trade('AAPL', 201, T * 1e3 + 1);
    await expect.poll(() => rig.items.length).toBe(2);
    rig.clock.advance(119_999);
    expect(rig.stats.streaming).toBe(true);
    rig.clock.advance(1);
    expect(rig.stats.streaming).toBe(false);
    expect(rig.errors).toEqual({ stream_silent: 1 });
    await rig.until(() => rig.stats.reconnects === 1);
  });

  it('a handshake that is never answered is given up after five seconds', async () => {
    const rig = await FinnhubRig.open('AAPL', (fake) => {
      fake.refuseStreams = 'never';
    });
    await expect.poll(() => rig.fake.handshakes).toBe(1);
    rig.clock.advance(4_999);
    expect(rig.errors).toEqual({});
    rig.clock.advance(1);
    expect(rig.errors).toEqual({ stream_refused: 1 });
    rig.fake.refuseStreams = undefined;
    await rig.until(() => rig.stats.streaming);
  });

  it('that tells of an error is polled beside, and not left', async () => {
    const rig = await FinnhubRig.open('AAPL,MSFT');
    await rig.streaming();
    await rig.until(() => rig.clock.pending === 1);
    rig.fake.send({ type: 'error', msg: 'Subscribing to too many symbols' });
    await expect.poll(() => rig.errors).toEqual({ stream_error: 1 });
    rig.fake.quotes.set('MSFT', quoteOf(401, T + 20));
    await rig.until(() => rig.valuesOf('MSFT').length === 2);
    expect(rig.stats.streaming).toBe(true);
    rig.fake.trade('AAPL', 201, T * 1e3 + 1);
    await expect.poll(() => rig.valuesOf('AAPL').length).toBe(2);
  });

  it('that tells of an error with a symbol names that one, once', async () => {
    const rig = await FinnhubRig.open('AAPL,MSFT');
    await rig.streaming();
    for (let i = 0; i < 3; i++)
      rig.fake.send({ type: 'error', msg: 'Symbol not supported: MSFT.' });
    rig.fake.send({ error: 'Something else' });
    await expect.poll(() => rig.errors).toEqual({ stream_error: 4 });
    expect(rig.notices).toEqual([
      expect.stringContaining('"MSFT": the stream tells of an error with it'),
    ]);
  });

  it('counts what it cannot use, and loses no good trade to it', async () => {
    const rig = await FinnhubRig.open('AAPL');
    await rig.streaming();
    for (const bad of ['{', '[]', '{"type":"news"}', Buffer.of(1, 2)]) rig.fake.send(bad);
    rig.fake.send({
      type: 'trade',
      data: [
        { p: 0, s: 'AAPL', t: 1, v: 1 },
        null,
        { p: 1, s: 'TSLA', t: T * 1e3, v: 1 },
        { p: 201, s: 'AAPL', t: T * 1e3, v: 1 },
      ],
    });
    await expect.poll(() => rig.valuesOf('AAPL').at(-1)).toMatchObject({ price: 201 });
    expect(rig.errors).toEqual({ stream_malformed: 6, stream_unasked: 1 });
    expect(rig.items.every(({ key }) => key === 'AAPL')).toBe(true);
  });
});

describe('what goes stale while Finnhub streams', () => {
  it('is nothing while the stream lives, and everything a minute after it died with nobody to ask', async () => {
    const rig = await FinnhubRig.open('AAPL');
    await rig.streaming();
    await rig.until(() => rig.clock.pending === 1);
    rig.clock.advance(100_000);
    expect(rig.stats.stale).toBe(0);
    rig.fake.send({ type: 'ping' });
    rig.fake.trade('AAPL', 201, T * 1e3);
    await expect.poll(() => rig.items.length).toBe(2);
    rig.fake.refuseStreams = 503;
    rig.fake.trick('AAPL', ...Array.from({ length: 100 }, () => ({ status: 500 })));
    rig.fake.cut();
    await expect.poll(() => rig.stats.streaming).toBe(false);
    rig.clock.advance(59_999);
    expect(rig.stats.stale).toBe(0);
    rig.clock.advance(1);
    expect(rig.stats.stale).toBe(1);
    await expect
      .poll(() => rig.valuesOf('AAPL').at(-1))
      .toEqual({ price: 201, volume: 100, time: T * MICROS, stale: true });
  });
});
