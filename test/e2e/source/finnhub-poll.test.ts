/**
 * Polling Finnhub: every quote once, every error counted and retried for its own symbol, and no
 * call before the limit allows it.
 */
import { describe, expect, it } from 'vitest';
import { KEY, quoteOf } from '../../support/server/finnhub-fake.js';
import { FinnhubRig, MICROS, quoteValue, refusal, T } from '../../support/server/finnhub-rig.js';

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

  it.each([
    ['AAPL', 1],
    ['AAPL,MSFT', 2],
    ['A,B,C,D,E,F,G,H', 3],
  ])('a key that is refused for %s is an error after %i calls', async (symbols, expected) => {
    let calls: () => number = () => 0;
    const error = await refusal(symbols, (fake) => {
      fake.acceptedKey = 'another';
      calls = () => fake.calls.length;
    });
    expect(error).toMatchObject({
      code: 'LAB_ERR_SOURCE_KEY',
      hint: expect.stringContaining('https://finnhub.io/register'),
    });
    expect(calls()).toBe(expected);
  });

  it.each([
    ['AAPL', 'Invalid API key'],
    ['AAPL', "You don't have access to this resource."],
    ['MSFT', 'Invalid API key'],
    ['MSFT', ''],
  ])('a 401 for %s alone (%j) ends nothing, and is told of once', async (symbol, words) => {
    const answer = { status: 401, body: JSON.stringify({ error: words }) };
    const rig = await FinnhubRig.open('rest:AAPL,MSFT', (fake) =>
      fake.trick(symbol, ...Array.from({ length: 100 }, () => answer)),
    );
    const other = symbol === 'AAPL' ? 'MSFT' : 'AAPL';
    await rig.until(() => rig.items.length === 1 && (rig.errors.unauthorized ?? 0) >= 4, 1_000);
    expect(rig.items[0]).toMatchObject({ key: other });
    expect(rig.failure).toBeUndefined();
    expect(rig.stats.missing).toEqual([symbol]);
    expect(rig.notices).toEqual([
      expect.stringContaining(`"${symbol}": Finnhub does not give it to this key`),
    ]);
  });

  it('401 for some symbols and 403 for the others is a plan without any of them', async () => {
    const error = await refusal('rest:AAPL,MSFT', (fake) => {
      fake.trick('AAPL', { status: 401, body: '{"error":"no access"}' });
      fake.trick('MSFT', { status: 403 });
    });
    expect(error).toMatchObject({ code: 'LAB_ERR_SOURCE_EMPTY' });
  });

  it.each([
    [{ body: '{"error":"Symbol not supported."}' }, 'unsupported', 1],
    [{ status: 422, body: '{"error":"Symbol not supported"}' }, 'unsupported', 1],
    [{ status: 400, body: '{"error":"Unsupported symbol"}' }, 'unsupported', 1],
    [{ body: '{"error":"You don\'t have access to this resource."}' }, 'forbidden', 3],
    [{ body: '{"error":"Something else"}' }, 'error_message', 3],
  ] as const)(
    '%o is counted as %s and told of once, with the symbol',
    async (answer, kind, calls) => {
      const rig = await FinnhubRig.open('rest:AAPL,XYZ', (fake) =>
        fake.trick('XYZ', ...Array.from({ length: 100 }, () => answer)),
      );
      const { fake, clock } = rig;
      const start = clock.now();
      await rig.until(() => clock.now() - start >= 140 * MICROS, 1_000);
      expect(rig.errors).toEqual({ [kind]: calls });
      expect(fake.calls.filter(({ symbol }) => symbol === 'XYZ')).toHaveLength(calls);
      expect(fake.calls.filter(({ symbol }) => symbol === 'AAPL').length).toBeGreaterThan(20);
      expect(rig.notices).toEqual([expect.stringMatching(/^finnhub: no prices of "XYZ": /)]);
      expect(rig.stats.missing).toEqual(['XYZ']);
      expect(rig.failure).toBeUndefined();
    },
  );

  it('a lone symbol that is unsupported is an error', async () => {
    const body = '{"error":"Symbol not supported."}';
    expect(await refusal('rest:XYZ', (fake) => fake.trick('XYZ', { body }))).toMatchObject({
      code: 'LAB_ERR_SOURCE_EMPTY',
      message: expect.stringContaining('XYZ'),
    });
  });

  it('symbols of any characters reach both ends of Finnhub as they are', async () => {
    const symbols = [
      'M&M.NS',
      'A%2FB',
      'A+B',
      'A#B?c=d',
      'IC MARKETS:1',
      'ÉTÉ',
      'GEMINI:btcusd',
      "O'X",
    ];
    const rig = await FinnhubRig.open(symbols.join(), (fake) => {
      for (const [i, symbol] of symbols.entries()) fake.quotes.set(symbol, quoteOf(100 + i, T));
    });
    await rig.until(() => rig.items.length === symbols.length);
    expect(rig.items.map(({ key }) => key)).toEqual(symbols);
    expect(rig.fake.calls.slice(0, 8).map(({ symbol }) => symbol)).toEqual(symbols);
    await rig.streaming();
    await expect.poll(() => rig.fake.told.map(({ symbol }) => symbol)).toEqual(symbols);
    rig.fake.trade('M&M.NS', 7, (T + 5) * 1e3);
    await expect.poll(() => rig.valuesOf('M&M.NS').at(-1)).toMatchObject({ price: 7 });
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
    [
      'a redirect, which is not followed',
      { status: 302, headers: { Location: '/elsewhere' } },
      'status',
    ],
    ['what is not JSON', { body: '<html>' }, 'malformed'],
    ['JSON that is not a quote', { body: '{"c":"200","t":1}' }, 'malformed'],
    ['a price of 0 with a time', { body: JSON.stringify(quoteOf(0, T)) }, 'malformed'],
    ['an endless answer', { body: `"${'x'.repeat(100_000)}"` }, 'malformed'],
    ['an answer that is cut off', { fate: 'cut' }, 'network'],
    ['no answer', { fate: 'hang' }, 'timeout'],
    ['a symbol of another plan', { status: 403 }, 'forbidden'],
  ] as const)(
    '%s for one symbol is counted and retried, and stops no other',
    async (_, trick, kind) => {
      const rig = await FinnhubRig.open('rest:AAPL,MSFT', (fake) =>
        fake.trick('MSFT', trick, trick),
      );
      const callsOf = (wanted: string) =>
        rig.fake.calls.filter(({ symbol }) => symbol === wanted).length;
      await rig.until(() => rig.valuesOf('MSFT').length === 1 && callsOf('AAPL') >= 3);
      expect(rig.errors).toEqual({ [kind]: 2 });
      expect(rig.valuesOf('AAPL')).toEqual([quoteValue(200, T - 10)]);
      expect(rig.stats.missing).toEqual([]);
    },
  );

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
