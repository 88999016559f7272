/** Polling Finnhub: every quote once, every error counted and retried for its own symbol, and no call before the limit allows it. */
import { describe, expect, it } from 'vitest';
import { KEY, quoteOf } from './support/finnhub-fake.js';
import { FinnhubRig, MICROS, quoteValue, refusal, T } from './support/finnhub-rig.js';

describe('polling Finnhub', () => {
  it('gives each quote with its names and time, the key in a header and in no URL', async () => {
    const rig = await FinnhubRig.open('rest:AAPL,MSFT');
    await rig.until(() => rig.items.length === 2);
    expect(rig.items).toEqual([
      { key: 'AAPL', value: quoteValue(200, T - 10), time: (T - 10) * MICROS },
      { key: 'MSFT', value: quoteValue(400, T - 10), time: (T - 10) * MICROS },
    ]);
    expect(rig.fake.calls.map(({ url }) => url)).toEqual([
      '/api/v1/quote?symbol=AAPL',
      '/api/v1/quote?symbol=MSFT',
    ]);
    expect(rig.fake.calls.every(({ token }) => token === KEY)).toBe(true);
    expect(rig.fake.handshakes).toBe(0);
  });

  it('publishes a quote again only when its price or its time is new', async () => {
    const rig = await FinnhubRig.open('rest:AAPL');
    await rig.until(() => rig.fake.calls.length === 3);
    rig.fake.quotes.set('AAPL', quoteOf(200, T + 5));
    await rig.until(() => rig.items.length === 2);
    rig.fake.quotes.set('AAPL', quoteOf(201, T + 5));
    await rig.until(() => rig.items.length === 3);
    expect(rig.valuesOf('AAPL')).toEqual([
      quoteValue(200, T - 10),
      quoteValue(200, T + 5),
      quoteValue(201, T + 5),
    ]);
  });

  it('a key that is refused is an error at once, after one call', async () => {
    let calls: () => number = () => 0;
    const error = await refusal('AAPL,MSFT', (fake) => {
      fake.acceptedKey = 'another';
      calls = () => fake.calls.length;
    });
    expect(error).toMatchObject({
      code: 'LAB_ERR_SOURCE_KEY',
      hint: expect.stringContaining('https://finnhub.io/register'),
    });
    expect(calls()).toBe(1);
  });

  it('a key that is refused later is counted, and forgiven when it is accepted again', async () => {
    const rig = await FinnhubRig.open('rest:AAPL');
    rig.fake.acceptedKey = 'another';
    await rig.until(() => (rig.errors.unauthorized ?? 0) >= 3);
    rig.fake.acceptedKey = KEY;
    rig.fake.quotes.set('AAPL', quoteOf(202, T + 60));
    await rig.until(() => rig.items.length >= 2, 1_000);
    expect(rig.failure).toBeUndefined();
    expect(rig.valuesOf('AAPL').at(-1)).toEqual(quoteValue(202, T + 60));
  });

  it.each([
    ['an error of the server', { status: 503 }, 'server'],
    ['a redirect, which is not followed', { status: 302, headers: { Location: '/elsewhere' } }, 'status'],
    ['what is no JSON', { body: '<html>' }, 'malformed'],
    ['JSON that is no quote', { body: '{"c":"200","t":1}' }, 'malformed'],
    ['a price of 0 with a time', { body: JSON.stringify(quoteOf(0, T)) }, 'malformed'],
    ['an endless answer', { body: `"${'x'.repeat(100_000)}"` }, 'malformed'],
    ['an answer that is cut off', { fate: 'cut' }, 'network'],
    ['no answer', { fate: 'hang' }, 'timeout'],
    ['a symbol of another plan', { status: 403 }, 'forbidden'],
  ] as const)('%s for one symbol is counted and retried, and stops no other', async (_, trick, kind) => {
    const rig = await FinnhubRig.open('rest:AAPL,MSFT', (fake) => fake.trick('MSFT', trick, trick));
    const callsOf = (wanted: string) => rig.fake.calls.filter(({ symbol }) => symbol === wanted).length;
    await rig.until(() => rig.valuesOf('MSFT').length === 1 && callsOf('AAPL') >= 3);
    expect(rig.errors).toEqual({ [kind]: 2 });
    expect(rig.valuesOf('AAPL')).toEqual([quoteValue(200, T - 10)]);
    expect(rig.stats.missing).toEqual([]);
  });

  it('a network that is not there at the start is waited for', async () => {
    const rig = await FinnhubRig.open('rest:AAPL', (fake) =>
      fake.trick('AAPL', { fate: 'cut' }, { fate: 'cut' }),
    );
    expect(rig.items).toEqual([]);
    await rig.until(() => rig.items.length === 1);
    expect(rig.errors).toEqual({ network: 2 });
  });

  it.each([
    ['Retry-After', { 'Retry-After': '30' }],
    [
      'X-Ratelimit-Reset, by the clock of the server',
      { 'X-Ratelimit-Reset': '1030', Date: new Date(1e6).toUTCString() },
    ],
  ])('after a 429 nobody is asked until %s has passed', async (_, headers) => {
    const rig = await FinnhubRig.open('rest:AAPL,MSFT', (fake) =>
      fake.trick('AAPL', { status: 429, headers }),
    );
    expect(rig.errors).toEqual({ rate_limited: 1 });
    expect(rig.stats.rateLimitWaits).toBe(1);
    rig.clock.advance(29_999);
    expect(rig.stats.upstreamCalls).toBe(1);
    rig.clock.advance(1);
    expect(rig.stats.upstreamCalls).toBe(2);
    await rig.until(() => rig.items.length === 2);
  });

  it('a good answer that used up the limit holds the next call back', async () => {
    const headers = {
      'X-Ratelimit-Remaining': '0',
      'X-Ratelimit-Reset': '1040',
      Date: new Date(1e6).toUTCString(),
    };
    const rig = await FinnhubRig.open('rest:AAPL', (fake) => fake.trick('AAPL', { headers }));
    await rig.until(() => rig.items.length === 1, 0);
    rig.clock.advance(39_999);
    expect(rig.stats.upstreamCalls).toBe(1);
    rig.clock.advance(1);
    expect(rig.stats.upstreamCalls).toBe(2);
  });

  it('an unknown symbol is named, not published as a price of 0', async () => {
    const rig = await FinnhubRig.open('rest:APPL,MSFT');
    await rig.until(() => rig.items.length === 1);
    expect(rig.stats.missing).toEqual(['APPL']);
    expect(rig.errors).toEqual({ unknown_symbol: 1 });
    expect(rig.items.map(({ key }) => key)).toEqual(['MSFT']);
    rig.fake.quotes.set('APPL', quoteOf(1, T));
    await rig.until(() => rig.valuesOf('APPL').length === 1, 5_000);
    expect(rig.stats.missing).toEqual([]);
  });

  it('symbols of which none is known are an error', async () => {
    expect(await refusal('APPL', () => {})).toMatchObject({
      code: 'LAB_ERR_SOURCE_EMPTY',
      message: expect.stringContaining('APPL'),
    });
    const rig = await FinnhubRig.open('rest:APPL,MFST');
    await rig.until(() => rig.failure !== undefined);
    expect(rig.failure).toMatchObject({ code: 'LAB_ERR_SOURCE_EMPTY' });
    expect(rig.clock.pending).toBe(0);
  });

  it('a symbol not heard of for a minute is marked once, until a good quote, news or not', async () => {
    const rig = await FinnhubRig.open('rest:AAPL,MSFT', (fake) =>
      fake.trick('MSFT', {}, ...Array.from({ length: 12 }, () => ({ status: 500 }))),
    );
    await rig.until(() => rig.stats.stale === 1, 1_000);
    expect(rig.valuesOf('MSFT')).toEqual([
      quoteValue(400, T - 10),
      { ...quoteValue(400, T - 10), stale: true },
    ]);
    await rig.until(() => rig.stats.stale === 0, 5_000);
    expect(rig.valuesOf('MSFT').slice(2)).toEqual([quoteValue(400, T - 10)]);
    expect(rig.valuesOf('AAPL')).toHaveLength(1);
  });
});
