import { type AddressInfo, createServer, type Socket } from 'node:net';
import { inspect } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { LabError } from '../../src/errors.js';
import { endpointsAt } from '../../src/sources/finnhub/endpoints.js';
import { QuoteClient } from '../../src/sources/finnhub/rest.js';
import { DEFAULT_LIMITS, FinnhubSource, type UpstreamStats } from '../../src/sources/finnhub/source.js';
import { parseSymbols } from '../../src/sources/finnhub/symbols.js';
import { openSource } from '../../src/sources/registry.js';
import type { SourceItem } from '../../src/sources/source.js';
import { FakeClock } from '../unit/support/fake-clock.js';
import { OPTIONS, withFile } from '../unit/support/sources.js';
import { FakeFinnhub, KEY, quoteOf } from './support/finnhub-fake.js';

/** Friday, 2 January 2026, 15:00 UTC: seconds, and µs as the source gives them. */
const T = 1_767_366_000;
const MICROS = 1_000_000;

const quoteValue = (price: number, time: number) => ({
  price,
  change: 1.5,
  percent: 0.75,
  high: price + 2,
  low: price - 2,
  open: price - 1,
  previousClose: price - 1.5,
  time: time * MICROS,
});

/** A source of a fake Finnhub on a clock that only the test moves; what it publishes is collected. */
class Rig {
  readonly fake: FakeFinnhub;
  readonly clock = new FakeClock(T * MICROS);
  readonly source: FinnhubSource;
  readonly items: SourceItem[] = [];
  failure: unknown;
  ended = false;

  static async open(argument: string, prepare: (fake: FakeFinnhub) => void = () => {}): Promise<Rig> {
    const fake = await FakeFinnhub.start();
    onTestFinished(() => fake.stop());
    fake.quotes.set('AAPL', quoteOf(200, T - 10));
    fake.quotes.set('MSFT', quoteOf(400, T - 10));
    prepare(fake);
    const rig = new Rig(fake, argument);
    onTestFinished(() => rig.source.close());
    const opened = rig.source.open();
    // The first call goes out at once, but by the clock.
    rig.clock.advance(0);
    await opened;
    void rig.#collect();
    return rig;
  }

  constructor(fake: FakeFinnhub, argument: string) {
    this.fake = fake;
    this.source = new FinnhubSource({
      wanted: parseSymbols(argument),
      key: KEY,
      endpoints: endpointsAt(fake.url),
      clock: this.clock,
      limits: { ...DEFAULT_LIMITS, backoff: { ...DEFAULT_LIMITS.backoff, random: () => 0.5 } },
      sizeBytes: 0,
      seed: 1,
    });
  }

  get stats(): UpstreamStats {
    return this.source.stats();
  }

  /** Errors that happened, by kind. */
  get errors(): Record<string, number> {
    return Object.fromEntries(Object.entries(this.stats.upstreamErrors).filter(([, times]) => times > 0));
  }

  valuesOf(key: string): unknown[] {
    return this.items.filter((item) => item.key === key).map(({ value }) => value);
  }

  /** Lets time pass, step by step, and every call of a step come back before the next, until `met`. */
  async until(met: () => boolean, stepMs = 500): Promise<void> {
    for (let steps = 0; !met(); steps++) {
      if (steps > 1_000) throw new Error(`in vain: ${inspect([this.stats, this.items])}`);
      this.clock.advance(stepMs);
      await this.quiet();
    }
  }

  /** Until every call has reached the other end and every answer this one. */
  async quiet(): Promise<void> {
    await expect.poll(() => this.fake.calls.length, { interval: 1 }).toBe(this.stats.upstreamCalls);
    await expect.poll(() => this.fake.answering, { interval: 1 }).toBe(0);
    for (let turn = 0; turn < 20; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
  }

  async streaming(): Promise<void> {
    await expect.poll(() => this.stats.streaming).toBe(true);
  }

  async #collect(): Promise<void> {
    try {
      for await (const item of this.source) this.items.push(item);
      this.ended = true;
    } catch (error) {
      this.failure = error;
    }
  }
}

/** What `open` of a source throws. */
async function refusal(argument: string, prepare: (fake: FakeFinnhub) => void): Promise<LabError> {
  const error = await Rig.open(argument, prepare).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof LabError) return error;
  throw new Error(`not refused: ${inspect(error)}`);
}

describe('polling Finnhub', () => {
  it('gives each quote with its names and time, the key in a header and in no URL', async () => {
    const rig = await Rig.open('rest:AAPL,MSFT');
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
    const rig = await Rig.open('rest:AAPL');
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
    const rig = await Rig.open('rest:AAPL');
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
    const rig = await Rig.open('rest:AAPL,MSFT', (fake) => fake.trick('MSFT', trick, trick));
    const callsOf = (wanted: string) => rig.fake.calls.filter(({ symbol }) => symbol === wanted).length;
    await rig.until(() => rig.valuesOf('MSFT').length === 1 && callsOf('AAPL') >= 3);
    expect(rig.errors).toEqual({ [kind]: 2 });
    expect(rig.valuesOf('AAPL')).toEqual([quoteValue(200, T - 10)]);
    expect(rig.stats.missing).toEqual([]);
  });

  it('a network that is not there at the start is waited for', async () => {
    const rig = await Rig.open('rest:AAPL', (fake) => fake.trick('AAPL', { fate: 'cut' }, { fate: 'cut' }));
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
    const rig = await Rig.open('rest:AAPL,MSFT', (fake) => fake.trick('AAPL', { status: 429, headers }));
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
    const rig = await Rig.open('rest:AAPL', (fake) => fake.trick('AAPL', { headers }));
    await rig.until(() => rig.items.length === 1, 0);
    rig.clock.advance(39_999);
    expect(rig.stats.upstreamCalls).toBe(1);
    rig.clock.advance(1);
    expect(rig.stats.upstreamCalls).toBe(2);
  });

  it('an unknown symbol is named, not published as a price of 0', async () => {
    const rig = await Rig.open('rest:APPL,MSFT');
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
    const rig = await Rig.open('rest:APPL,MFST');
    await rig.until(() => rig.failure !== undefined);
    expect(rig.failure).toMatchObject({ code: 'LAB_ERR_SOURCE_EMPTY' });
    expect(rig.clock.pending).toBe(0);
  });

  it('a symbol not heard of for a minute is marked once, until a good quote, news or not', async () => {
    const rig = await Rig.open('rest:AAPL,MSFT', (fake) =>
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

describe('the stream of Finnhub', () => {
  it('gives trades as they are told, after a quote of each symbol, and ends the polling', async () => {
    const rig = await Rig.open('AAPL,MSFT');
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
    const rig = await Rig.open('AAPL', (fake) => {
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
    const rig = await Rig.open('AAPL');
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
    // A trade older than a quote that was published is no news.
    rig.fake.trade('AAPL', 199, (T + 1) * 1e3);
    await expect.poll(() => rig.stats.outdated).toBe(1);
    expect(rig.items).toHaveLength(4);
    expect(rig.stats.reconnects).toBe(1);
    expect(rig.errors).toMatchObject({ stream_lost: 1 });
  });

  it('silent for two minutes is given up, pings are enough', async () => {
    const rig = await Rig.open('AAPL');
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
    const rig = await Rig.open('AAPL', (fake) => {
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
    const rig = await Rig.open('AAPL,MSFT');
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

  it('counts what it cannot use, and loses no good trade to it', async () => {
    const rig = await Rig.open('AAPL');
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
    const rig = await Rig.open('AAPL');
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

describe('closing a Finnhub source', () => {
  it('ends iteration, timers and connections at once, a hanging call and the stream included', async () => {
    const rig = await Rig.open('AAPL,MSFT', (fake) => fake.trick('MSFT', { fate: 'hang' }, { fate: 'hang' }));
    await rig.streaming();
    await rig.until(() => rig.fake.calls.some(({ symbol }) => symbol === 'MSFT'));
    await rig.source.close();
    await rig.source.close();
    expect(rig.clock.pending).toBe(0);
    await expect.poll(() => rig.ended).toBe(true);
    await expect.poll(() => rig.fake.open).toBe(0);
    expect(rig.fake.told.filter(({ type }) => type === 'unsubscribe')).toHaveLength(2);
    const { upstreamCalls } = rig.stats;
    rig.clock.advance(600_000);
    expect(rig.stats.upstreamCalls).toBe(upstreamCalls);
  });

  it('ends connections that hang in the middle of the TLS handshake', async () => {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket.on('error', () => {}).resume());
      socket.once('close', () => sockets.delete(socket));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const client = new QuoteClient({
      key: KEY,
      endpoints: endpointsAt(`https://127.0.0.1:${port}`),
      clock: new FakeClock(),
      timeoutMs: 60_000,
    });
    const answer = client.ask('AAPL');
    await expect.poll(() => sockets.size).toBe(1);
    await client.close();
    expect(await answer).toEqual({ result: 'network' });
    await expect.poll(() => sockets.size).toBe(0);
  });

  it('before it was open is no error', async () => {
    const fake = await FakeFinnhub.start();
    onTestFinished(() => fake.stop());
    fake.trick('AAPL', { fate: 'hang' });
    const rig = new Rig(fake, 'AAPL');
    const opened = rig.source.open();
    rig.clock.advance(0);
    await expect.poll(() => fake.calls.length).toBe(1);
    await rig.source.close();
    await opened;
    await expect.poll(() => fake.open).toBe(0);
    expect(rig.clock.pending).toBe(0);
  });
});

describe('the API key', () => {
  it('is in nothing that a user, a log or a client gets to see', async () => {
    const written: string[] = [];
    const warnings: Error[] = [];
    const spies = [process.stdout, process.stderr].map((stream) => {
      const write = stream.write.bind(stream);
      stream.write = ((chunk: string | Uint8Array, ...rest: never[]) => {
        written.push(String(chunk));
        return write(chunk, ...rest);
      }) as typeof stream.write;
      return () => {
        stream.write = write;
      };
    });
    const onWarning = (warning: Error): void => void warnings.push(warning);
    process.on('warning', onWarning);
    onTestFinished(() => {
      for (const restore of spies) restore();
      process.off('warning', onWarning);
    });
    const seen: unknown[] = [warnings, written];
    seen.push(await refusal('AAPL', (fake) => fake.trick('AAPL', { status: 401 })));
    seen.push(await refusal('NONE', () => {}));
    const rig = await Rig.open('AAPL,MSFT', (fake) => {
      fake.refuseStreams = 401;
      fake.trick('AAPL', { fate: 'cut' }, { status: 500, body: KEY }, { body: KEY }, { fate: 'hang' });
    });
    await rig.until(() => (rig.errors.stream_refused ?? 0) >= 2 && rig.items.length >= 2);
    rig.fake.refuseStreams = undefined;
    await rig.until(() => rig.stats.streaming, 1_000);
    rig.fake.send({ type: 'error', msg: `bad token ${KEY}` });
    rig.fake.send(KEY);
    await expect.poll(() => rig.errors.stream_malformed).toBe(1);
    rig.fake.cut();
    await expect.poll(() => rig.errors.stream_lost).toBe(1);
    seen.push(rig.source, rig.stats, rig.items);
    const text = inspect(seen, { depth: Number.POSITIVE_INFINITY, showHidden: true, maxStringLength: null });
    expect(text).toContain('LAB_ERR_SOURCE_KEY');
    expect(text).not.toContain(KEY);
    expect(rig.fake.calls.map(({ url }) => url).join()).not.toContain(KEY);
  });
});

describe('openSource', () => {
  it('opens finnhub by its spec, the key from a file of the options, another base from the options', async () => {
    const fake = await FakeFinnhub.start();
    onTestFinished(() => fake.stop());
    fake.quotes.set('AAPL', quoteOf(200, T));
    await withFile('key', `${KEY}\n`, async (finnhubKeyFile) => {
      const source = await openSource('finnhub:rest:AAPL', {
        ...OPTIONS,
        finnhubUrl: `${fake.url}/`,
        finnhubKeyFile,
      });
      try {
        for await (const item of source) {
          expect(item).toEqual({ key: 'AAPL', value: quoteValue(200, T), time: T * MICROS });
          break;
        }
        expect(source).toMatchObject({ name: 'finnhub', deterministic: false });
      } finally {
        await source.close();
      }
    });
    expect(fake.calls[0]).toEqual({ symbol: 'AAPL', url: '/api/v1/quote?symbol=AAPL', token: KEY });
  });
});
