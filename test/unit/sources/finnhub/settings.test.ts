import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { LabError } from '../../../../src/errors.js';
import { Counters } from '../../../../src/sources/finnhub/counters.js';
import { endpointsAt } from '../../../../src/sources/finnhub/endpoints.js';
import { readKey } from '../../../../src/sources/finnhub/key.js';
import { DEFAULT_LIMITS } from '../../../../src/sources/finnhub/limits.js';
import { proxiesOf } from '../../../../src/sources/finnhub/proxies.js';
import { MAX_SYMBOLS, parseSymbols } from '../../../../src/sources/finnhub/symbols.js';
import { openSource } from '../../../../src/sources/registry.js';
import {
  constantIn,
  inlineCode,
  quantity,
  readProject,
  sectionText,
} from '../../../support/docs/docs.js';
import { OPTIONS, withFile } from '../../../support/source/sources.js';

const SECRET = 'c0ffee-secret';

function refusal(action: () => unknown): LabError {
  try {
    action();
  } catch (error) {
    if (error instanceof LabError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('the symbols of --source finnhub', () => {
  it.each([
    ['AAPL,MSFT,GOOGL', 'stream', ['AAPL', 'MSFT', 'GOOGL']],
    ['rest:AAPL', 'rest', ['AAPL']],
    [' BRK.B , ^GSPC', 'stream', ['BRK.B', '^GSPC']],
    ['BINANCE:BTCUSDT,GEMINI:btcusd', 'stream', ['BINANCE:BTCUSDT', 'GEMINI:btcusd']],
    ['M&M.NS,J&KBANK.NS,A%2FB,A+B,A#B', 'stream', ['M&M.NS', 'J&KBANK.NS', 'A%2FB', 'A+B', 'A#B']],
    ['rest:AAPL&token=x,ÉTÉ,東証:7203', 'rest', ['AAPL&token=x', 'ÉTÉ', '東証:7203']],
    [
      'IC MARKETS:1,OANDA:EUR_USD,FXCM:EUR/USD',
      'stream',
      ['IC MARKETS:1', 'OANDA:EUR_USD', 'FXCM:EUR/USD'],
    ],
  ])('%j are read', (argument, mode, symbols) => {
    expect(parseSymbols(argument)).toEqual({ mode, symbols });
  });

  it.each([
    ['', 'names no symbol', 'finnhub:AAPL,MSFT'],
    ['rest:', 'names no symbol', 'finnhub:rest:AAPL'],
    ['AAPL,,MSFT', 'empty symbol', 'single commas'],
    ['AAPL,', 'empty symbol', 'single commas'],
    ['AAPL,MSFT,AAPL', '"AAPL" twice', 'finnhub:'],
    ['aapl', 'lower case: "aapl"', 'write AAPL'],
    ['AA\nPL', 'none: "AA\\nPL"', 'finnhub:'],
    ['A\u202eB', 'none: "A\\u202eB"', 'finnhub:'],
    ['A\u009b2JB', 'none: "A\\u009b2JB"', 'finnhub:'],
    ['A\ud800', 'none: "A\\ud800"', 'finnhub:'],
    ['X'.repeat(41), 'too long', 'finnhub:'],
    [
      Array.from({ length: MAX_SYMBOLS + 1 }, (_, i) => `S${i}`).join(),
      '51 symbols, more than 50',
      'at most 50',
    ],
  ])('%j is refused with a hint', (argument, problem, hint) => {
    const error = refusal(() => parseSymbols(argument));
    expect(error.code).toBe('LAB_ERR_BAD_VALUE');
    expect(error.message).toContain(problem);
    expect(error.hint).toContain(hint);
  });
});

describe('the key of --source finnhub', () => {
  it('comes from the file of the options, else the environment, else the file that the environment names', async () => {
    await withFile('key', ` ${SECRET}\r\n`, async (path) => {
      expect(await readKey(path, { FINNHUB_API_KEY: 'other' })).toBe(SECRET);
      expect(
        await readKey(undefined, { FINNHUB_API_KEY: 'other', FINNHUB_API_KEY_FILE: path }),
      ).toBe('other');
      expect(await readKey(undefined, { FINNHUB_API_KEY: '', FINNHUB_API_KEY_FILE: path })).toBe(
        SECRET,
      );
    });
  });

  it('may have a byte order mark before it', async () => {
    await withFile('key', `\ufeff${SECRET}\n`, async (path) =>
      expect(await readKey(path, {})).toBe(SECRET),
    );
  });

  it.each([{}, { FINNHUB_API_KEY: '', FINNHUB_API_KEY_FILE: '' }])(
    'missing is told with where to get one and how to set it: %o',
    async (environment) => {
      await expect(readKey(undefined, environment)).rejects.toMatchObject({
        code: 'LAB_ERR_SOURCE_KEY',
        hint: expect.stringMatching(
          /https:\/\/finnhub\.io\/register.*FINNHUB_API_KEY=.*FINNHUB_API_KEY_FILE/,
        ),
      });
    },
  );

  it.each([
    ['nothing but space', ' \n', 'is empty'],
    ['two lines', `${SECRET}\n${SECRET}\n`, 'one API key'],
    ['no text', Buffer.of(0, 255, 1), 'one API key'],
    ['UTF-16', Buffer.from(`\ufeff${SECRET}`, 'utf16le'), 'one API key: it is UTF-16, not UTF-8'],
    ['far too much', SECRET.repeat(1_000), 'too long'],
  ])('a file of %s is refused by name, and never quoted', async (_, contents, problem) => {
    await withFile('key', contents, async (path) => {
      const error: unknown = await readKey(path, {}).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'LAB_ERR_SOURCE_KEY' });
      expect(String(error)).toContain(problem);
      expect(String(error)).toContain(path);
      expect(JSON.stringify(error)).not.toContain(SECRET);
    });
  });

  it('a file that is not there, or is none, is refused by name', async () => {
    await expect(readKey('/no/such/key', {})).rejects.toMatchObject({
      code: 'LAB_ERR_SOURCE_KEY',
      message: expect.stringContaining('"/no/such/key" (ENOENT)'),
    });
    const folder = await mkdtemp(`${tmpdir()}/lab-key-`);
    await expect(readKey(undefined, { FINNHUB_API_KEY_FILE: folder })).rejects.toMatchObject({
      message: expect.stringContaining('not a regular file'),
    });
    await rm(folder, { recursive: true });
  });

  it('a header could not carry is refused unquoted', async () => {
    const error: unknown = await readKey(undefined, { FINNHUB_API_KEY: `${SECRET}\nX: y` }).catch(
      (e: unknown) => e,
    );
    expect(error).toMatchObject({ code: 'LAB_ERR_SOURCE_KEY' });
    expect(JSON.stringify(error)).not.toContain(SECRET);
  });
});

describe('the endpoints of --source finnhub', () => {
  it('are the service by default: quotes without the key, the stream with it', () => {
    const endpoints = endpointsAt(undefined);
    expect(endpoints.quote('BINANCE:BTC&X')).toBe(
      'https://finnhub.io/api/v1/quote?symbol=BINANCE%3ABTC%26X',
    );
    expect(endpoints.stream('a&b')).toBe('wss://ws.finnhub.io/?token=a%26b');
  });

  it.each([
    ['http://127.0.0.1:8080', 'http://127.0.0.1:8080/api', 'ws://127.0.0.1:8080/?'],
    ['http://localhost:1/', 'http://localhost:1/api', 'ws://localhost:1/?'],
    ['http://[::1]:80/x//', 'http://[::1]/x/api', 'ws://[::1]/x/?'],
    [
      'https://proxy.example/finnhub',
      'https://proxy.example/finnhub/api',
      'wss://proxy.example/finnhub/?',
    ],
  ])('derive from %s, the stream beside the quotes', (base, rest, stream) => {
    const endpoints = endpointsAt(base);
    expect(endpoints.quote('A')).toBe(`${rest}/v1/quote?symbol=A`);
    expect(endpoints.stream('k')).toBe(`${stream}token=k`);
  });

  it.each([
    '',
    'finnhub.io',
    'ftp://x',
    'ws://127.0.0.1:1',
    'http://finnhub.io',
    'http://127.0.0.1.evil.example',
  ])('%j is refused', (base) => {
    expect(refusal(() => endpointsAt(base))).toMatchObject({ code: 'LAB_ERR_BAD_VALUE' });
  });

  it.each([`https://u:${SECRET}@x`, `https://x/?token=${SECRET}`, `https://x/#${SECRET}`])(
    'what may hold a secret is refused unquoted',
    (base) => {
      expect(JSON.stringify(refusal(() => endpointsAt(base)))).not.toContain(SECRET);
    },
  );
});

describe('the proxies of --source finnhub', () => {
  const NONE = { httpProxy: '', httpsProxy: '', noProxy: '' };

  it.each([
    [{}, undefined],
    [{ HTTPS_PROXY: '', https_proxy: ' ', NO_PROXY: 'x' }, undefined],
    [{ HTTPS_PROXY: 'http://p:3128' }, { ...NONE, httpsProxy: 'http://p:3128/' }],
    [{ HTTPS_PROXY: 'p:3128' }, { ...NONE, httpsProxy: 'http://p:3128/' }],
    [
      { https_proxy: 'http://a:1', HTTPS_PROXY: 'http://b:2' },
      { ...NONE, httpsProxy: 'http://a:1/' },
    ],
    [
      { HTTPS_PROXY: `http://me:${SECRET}@p:1`, no_proxy: 'a,.b' },
      { ...NONE, httpsProxy: `http://me:${SECRET}@p:1/`, noProxy: 'a,.b' },
    ],
    // Plain http would carry the key to it in clear.
    [{ HTTP_PROXY: 'http://p:3128' }, { ...NONE, httpsProxy: 'http://p:3128/' }],
    [
      { HTTP_PROXY: 'http://127.0.0.1:3128' },
      { ...NONE, httpProxy: 'http://127.0.0.1:3128/', httpsProxy: 'http://127.0.0.1:3128/' },
    ],
  ])('in %o are %o', (environment, proxies) => {
    expect(proxiesOf(environment)).toEqual(proxies);
  });

  it.each([
    `socks5://u:${SECRET}@p:1`,
    `http://u:${SECRET}%@p:1`,
    `http://u:${SECRET}@p:99999`,
    `:${SECRET}`,
  ])('are refused by the name of the variable alone when they are none', (proxy) => {
    const error = refusal(() => proxiesOf({ https_proxy: proxy }));
    expect(error).toMatchObject({ code: 'LAB_ERR_BAD_VALUE' });
    expect(error.message).toContain('HTTPS_PROXY');
    expect(JSON.stringify(error)).not.toContain(SECRET);
  });
});

it('a source without symbols or with a bad URL is refused before any key is looked for', async () => {
  await expect(openSource('finnhub', OPTIONS)).rejects.toMatchObject({ code: 'LAB_ERR_BAD_VALUE' });
  await expect(
    openSource('finnhub:A', { ...OPTIONS, finnhubUrl: 'nowhere' }),
  ).rejects.toMatchObject({
    code: 'LAB_ERR_BAD_VALUE',
  });
});

describe('docs/design/sources.md', () => {
  const section = sectionText(readProject('docs/design/sources.md'), 'finnhub');

  it('names every kind of upstream error and no other', () => {
    const kinds = /kinds of `upstreamErrors`:(.*?)\*\*/.exec(section)?.[1] ?? '';
    expect(inlineCode(kinds).sort()).toEqual(Object.keys(new Counters().errors).sort());
  });

  it('quotes the limits of the code', () => {
    const { roundMs, callsPerMinute, timeoutMs, staleMs, silenceMs, backoff, queueItems } =
      DEFAULT_LIMITS;
    for (const text of [
      `up to ${MAX_SYMBOLS} symbols`,
      `every ${roundMs / 1_000} s`,
      `${callsPerMinute} calls a minute`,
      `A call ends after ${timeoutMs / 1_000} s`,
      `for ${staleMs / 1_000} s, or three rounds`,
      `silent for ${silenceMs / 60_000} minutes`,
      `up to ${backoff.firstMs / 1_000}, 2, 4, … ${backoff.longestMs / 1_000} s`,
      `${queueItems.toLocaleString('en')} items`,
    ]) {
      expect(section).toContain(text);
    }
    expect(constantIn('src/sources/finnhub/wire.ts', 'MAX_RESPONSE_BYTES')).toBe(
      quantity('64 KiB'),
    );
    expect(constantIn('src/sources/finnhub/wire.ts', 'MAX_FRAME_BYTES')).toBe(quantity('1 MiB'));
    expect(section).toContain('64 KiB, a message of the stream 1 MiB');
    expect(constantIn('src/sources/finnhub/rest/rate-limit.ts', 'MOST_MS')).toBe(300_000);
    expect(section).toContain('at most 5 minutes');
  });
});
