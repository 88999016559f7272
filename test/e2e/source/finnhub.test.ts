/**
 * A Finnhub source as its user holds it: opened by a spec, closed without a trace, and its API key
 * shown to nobody.
 */
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { inspect } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { endpointsAt } from '../../../src/sources/finnhub/endpoints.js';
import { QuoteClient } from '../../../src/sources/finnhub/rest/rest.js';
import { openSource } from '../../../src/sources/registry.js';
import { FakeClock } from '../../support/core/fake-clock.js';
import { FakeFinnhub, KEY, quoteOf } from '../../support/server/finnhub-fake.js';
import { FinnhubRig, MICROS, quoteValue, refusal, T } from '../../support/server/finnhub-rig.js';
import { OPTIONS, withFile } from '../../support/source/sources.js';

describe('closing a Finnhub source', () => {
  it('ends iteration, timers and connections at once, a hanging call and the stream included', async () => {
    const rig = await FinnhubRig.open('AAPL,MSFT', (fake) =>
      fake.trick('MSFT', { fate: 'hang' }, { fate: 'hang' }),
    );
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

  it('before it was open is not an error', async () => {
    const fake = await FakeFinnhub.start();
    onTestFinished(() => fake.stop());
    fake.trick('AAPL', { fate: 'hang' });
    const rig = new FinnhubRig(fake, 'AAPL');
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
    const rig = await FinnhubRig.open('AAPL,MSFT', (fake) => {
      fake.refuseStreams = 401;
      fake.trick(
        'AAPL',
        { fate: 'cut' },
        { status: 500, body: KEY },
        { body: KEY },
        { fate: 'hang' },
      );
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
    const text = inspect(seen, {
      depth: Number.POSITIVE_INFINITY,
      showHidden: true,
      maxStringLength: null,
    });
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
