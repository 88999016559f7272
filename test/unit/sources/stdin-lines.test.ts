import { PassThrough, Readable } from 'node:stream';
import { describe, expect, test, vi } from 'vitest';
import type { SourceOptions } from '../../../src/sources/source.js';
import { take } from '../../support/source/sources.js';
import { ChunkStream, openOn, readAll } from '../../support/source/stdin.js';

const LIMIT = 64 * 1024;
const TIME = 1_795_287_600_000_007;

/** The single item of this line. */
async function itemOf(
  line: string,
  argument = 'lines',
  options: Partial<SourceOptions> = {},
): Promise<unknown> {
  const { items, skipped } = await readAll(argument, [`${line}\n`], options);
  expect(skipped).toBe(0);
  expect(items).toHaveLength(1);
  return items[0];
}

describe('what a line says', () => {
  test('key and value, with or without a time in whole microseconds and a sequence number', async () => {
    const item = { key: 'AAPL', value: { price: 1.5 } };
    expect(await itemOf('{"key":"AAPL","value":{"price":1.5}}')).toEqual(item);
    expect(
      await itemOf(' { "value":{"price":1.5}, "key":"AAPL", "time":1795287600000007 } '),
    ).toEqual({
      ...item,
      time: TIME,
    });
    expect(
      await itemOf('{"seq":3,"time":1795287600000007,"key":"AAPL","value":{"price":1.5}}'),
    ).toEqual({
      ...item,
      time: TIME,
    });
    expect(await itemOf('{"key":7,"value":null}')).toEqual({ key: '7', value: null });
  });

  test('bytes in base64, as the lab writes them', async () => {
    const item = await itemOf(
      '{"seq":1,"time":1795287600000007,"key":"a","value":"3q2+7w==","encoding":"base64"}',
    );
    expect(item).toEqual({ key: 'a', value: Buffer.from([0xde, 0xad, 0xbe, 0xef]), time: TIME });
  });

  test.each([
    '{"key":"AAPL","price":1.5}',
    '{"key":"AAPL","value":1,"unit":"C"}',
    '{"key":"AAPL","value":1,"time":"2026-01-02T09:30:00Z"}',
    '{"key":"AAPL","value":1,"time":1.5}',
    '{"key":"AAPL","value":1,"time":null}',
    '{"key":"AAPL","value":1,"seq":"7"}',
  ])('any other object is the value as a whole, nothing of it is lost: %s', async (line) => {
    expect(await itemOf(line)).toEqual({ key: 'AAPL', value: JSON.parse(line) });
  });

  test('the key of such an object is in the member that the argument names', async () => {
    const value = { symbol: 'IBM', n: 7, a: [1] };
    const line = JSON.stringify(value);
    expect(await itemOf(line, 'lines:symbol')).toEqual({ key: 'IBM', value });
    expect(await itemOf(line, 'lines:n')).toEqual({ key: '7', value });
    for (const none of [
      'lines',
      'lines:a',
      'lines:missing',
      'lines:toString',
      'lines:__proto__',
      'lines:SYMBOL',
    ]) {
      expect(await itemOf(line, none)).toEqual({ key: 'line', value });
    }
    expect(await itemOf('{"a:b":"x"}', 'lines:a:b')).toEqual({ key: 'x', value: { 'a:b': 'x' } });
  });

  test.each([
    'hello',
    ' two  words ',
    '007',
    '1e400',
    '12345678901234567890',
    'true',
    '"quoted"',
    '{not json',
    '{"a":1}x',
    '\u0000',
  ])('what is neither object nor array is text as it stands: %j', async (line) => {
    expect(await itemOf(line)).toEqual({ key: 'line', value: line });
  });

  test('an array is a value', async () => {
    expect(await itemOf('[1,{"key":"a"}]')).toEqual({ key: 'line', value: [1, { key: 'a' }] });
  });

  test('objects are padded if a size is asked for, text is not', async () => {
    const padded = (await itemOf('{"key":"a","value":{"v":1}}', 'lines', { sizeBytes: 40 })) as {
      value: unknown;
    };
    expect(JSON.stringify(padded.value)).toHaveLength(40);
    expect(await itemOf('abc', 'lines', { sizeBytes: 40 })).toEqual({ key: 'line', value: 'abc' });
  });

  test('blank lines and the control lines of a captured stream are nothing; a byte order mark is not text', async () => {
    const text =
      '\ufeffa\n\n  \r\n{"control":"heartbeat","next":1}\n{"control":"end","reason":"closed"}\n{"control":"on"}\n\ufeffb';
    const { items, skipped } = await readAll('lines', [text]);
    expect(items.map(({ value }) => value)).toEqual(['a', { control: 'on' }, '\ufeffb']);
    expect(skipped).toBe(0);
  });
});

test('an input in UTF-16 is skipped and counted line by line: no half of it passes for text', async () => {
  for (const text of ['{"v":1}\n{"v":2}\n', '\ufeff{"v":1}\n{"v":2}\n']) {
    const bytes = Buffer.from(text, 'utf16le');
    for (const given of [bytes, Buffer.from(bytes).swap16()]) {
      const notices: string[] = [];
      const { items, skipped = 0 } = await readAll('lines', [given], {
        onNotice: (n) => notices.push(n),
      });
      expect(items).toEqual([]);
      expect(skipped).toBeGreaterThan(0);
      expect(notices[0]).toContain('skipped: UTF-16, not UTF-8 text');
    }
  }
});

describe('what cannot be a message is skipped, counted and told', () => {
  async function skips(
    text: string | Uint8Array,
  ): Promise<{ values: unknown[]; skipped: number; notices: string[] }> {
    const notices: string[] = [];
    const { items, skipped = 0 } = await readAll('lines', ['first\n', text, '\nlast'], {
      onNotice: (notice) => notices.push(notice),
    });
    return { values: items.map(({ value }) => value), skipped, notices };
  }

  test.each([
    ['a line above 64 KiB', 'x'.repeat(LIMIT + 1), 'longer than 65536 bytes'],
    ['bytes that are not UTF-8', Buffer.from('Z\xfcrich', 'latin1'), 'not UTF-8 text'],
    ['a surrogate in UTF-8', Buffer.from([0xed, 0xa0, 0x80]), 'not UTF-8 text'],
    [
      'a number too large',
      '{"v":1e400}',
      'a number no double can hold: 1e400 would become Infinity',
    ],
    ['half a character', '{"v":"\\ud800"}', 'half of a surrogate pair in "\\ud800"'],
    [
      'half a character in the key',
      '{"key":"\\ud800","value":1}',
      'half of a surrogate pair in "\\ud800"',
    ],
    ['too deep', `${'['.repeat(129)}${']'.repeat(129)}`, 'nested deeper than 128 levels'],
    ['far too deep', '['.repeat(32_000) + ']'.repeat(32_000), 'nested deeper than 128 levels'],
    [
      'another encoding',
      '{"key":"a","value":"00","encoding":"hex"}',
      '"encoding" is "hex", not "base64"',
    ],
    [
      'a gap in a captured stream',
      '{"control":"lagged","missed":120,"next":16505}',
      'the feed it comes from left out "120" messages',
    ],
    [
      'a captured stream that was cut',
      '{"control":"end","reason":"LAB_ERR_LAGGED"}',
      'the feed it comes from was cut: "LAB_ERR_LAGGED"',
    ],
    ['bad base64', '{"key":"a","value":"?","encoding":"base64"}', 'the value is not base64'],
  ])('%s', async (_, text, problem) => {
    expect(await skips(text)).toEqual({
      values: ['first', 'last'],
      skipped: 1,
      notices: [`stdin:lines: line 2 skipped: ${problem}`],
    });
  });

  test('a line of exactly 64 KiB is published', async () => {
    expect((await skips('x'.repeat(LIMIT))).values).toHaveLength(3);
  });

  test('however many are skipped, each reason is told at its 1st, 10th, 100th, … time only', async () => {
    const { skipped, notices } = await skips(`${'{"v":1e400}\n'.repeat(2_500)}{"v":"\\ud800"}`);
    expect(skipped).toBe(2_501);
    expect(notices.map((notice) => /line \d+/.exec(notice)?.[0])).toEqual([
      'line 2',
      'line 11',
      'line 101',
      'line 1001',
    ]);
    expect(notices.at(-1)).toContain('(1000 for this reason so far)');
  });
});

describe('the stream', () => {
  test('an item is there as soon as its line is, while the input stays open', async () => {
    const input = new PassThrough();
    const items = (await openOn('lines', input))[Symbol.asyncIterator]();
    input.write('one\ntw');
    expect(await items.next()).toMatchObject({ value: { value: 'one' } });
    const second = items.next();
    input.write('o\n');
    expect(await second).toMatchObject({ value: { value: 'two' } });
    const third = items.next();
    input.end('three');
    expect(await third).toMatchObject({ value: { value: 'three' } });
    expect(await items.next()).toEqual({ done: true, value: undefined });
  });

  test('the consumer sets the pace: an endless input is read ahead by its own buffer and no more', async () => {
    const chunk = 'x\n'.repeat(512);
    const input = new ChunkStream(
      (function* () {
        for (;;) yield chunk;
      })(),
    );
    const source = await openOn('lines', input);
    expect(input.given).toBe(0);
    await take(source, 100_000);
    const taken = 100_000 * 2;
    const ahead = input.given * chunk.length - taken;
    expect(ahead).toBeLessThanOrEqual(2 * (input.readableHighWaterMark + chunk.length));
    const { given } = input;
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    expect((input.given - given) * chunk.length).toBeLessThanOrEqual(
      input.readableHighWaterMark + chunk.length,
    );
    await source.close();
    expect(input.destroyed).toBe(true);
  });

  test('a line of 100 MB streams by without being kept', async () => {
    const chunk = Buffer.alloc(64 * 1024, 'x');
    function* input(): Generator<string | Uint8Array> {
      for (let bytes = 0; bytes < 100e6; bytes += chunk.length) yield chunk;
      yield '\nok\n';
    }
    const { items, skipped } = await readAll('lines', input());
    expect(items).toEqual([{ key: 'line', value: 'ok' }]);
    expect(skipped).toBe(1);
  });

  test('close ends the wait for an item, and is safe twice and before the first read', async () => {
    const input = new PassThrough();
    const source = await openOn('lines', input);
    const next = source[Symbol.asyncIterator]().next();
    await source.close();
    await source.close();
    expect(await next).toEqual({ done: true, value: undefined });
    expect(input.destroyed).toBe(true);

    const unread = await openOn('lines', Readable.from(['a\n']));
    await unread.close();
    expect(await take(unread, 1)).toEqual([]);
  });

  test('an input that fails gives what came before as whole lines, then the error, then nothing', async () => {
    const input = new PassThrough();
    const items = (await openOn('lines', input))[Symbol.asyncIterator]();
    input.write('whole\nbroken');
    expect(await items.next()).toMatchObject({ value: { value: 'whole' } });
    const next = items.next();
    input.destroy(new Error('EIO'));
    await expect(next).rejects.toMatchObject({
      code: 'LAB_ERR_SOURCE_UNREADABLE',
      message: 'source stdin:lines cannot be read: EIO',
    });
    expect(await items.next()).toEqual({ done: true, value: undefined });
  });

  test('an input that is cut off without its end is an error, not an end', async () => {
    const cut = new PassThrough();
    const items = (await openOn('lines', cut))[Symbol.asyncIterator]();
    const next = items.next();
    cut.destroy();
    const broken = {
      code: 'LAB_ERR_SOURCE_UNREADABLE',
      message: expect.stringContaining('before its end'),
    };
    await expect(next).rejects.toMatchObject(broken);
    await expect(take(await openOn('lines', cut), 1)).rejects.toMatchObject(broken);
  });

  test('a stream of objects is refused, one of text is read', async () => {
    await expect(take(await openOn('lines', Readable.from([{ a: 1 }])), 1)).rejects.toMatchObject({
      code: 'LAB_ERR_SOURCE_MALFORMED',
    });
    const text = new PassThrough();
    text.setEncoding('utf8');
    text.end('Zürich\n');
    expect(await take(await openOn('lines', text), 9)).toEqual([{ key: 'line', value: 'Zürich' }]);
  });

  test('an input that is over already ends at once', async () => {
    const input = Readable.from([]);
    input.resume();
    await new Promise((resolve) => input.once('end', resolve));
    expect(await take(await openOn('lines', input), 1)).toEqual([]);
  });

  test('stats count items and skips and tell when the last item came', async () => {
    vi.useFakeTimers({ now: 1_700_000_000_123, toFake: ['Date'] });
    try {
      const source = await openOn('lines', new ChunkStream(['a\n{"v":1e400}\nb\n']));
      expect(source.stats?.()).toEqual({ items: 0, skipped: 0 });
      await take(source, 9);
      expect(source.stats?.()).toEqual({ items: 2, skipped: 1, lastItemAt: 1_700_000_000_123_000 });
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('what is refused when opening', () => {
  test.each([
    '',
    'line',
    'lines:',
    'bytes:',
    'bytes:0',
    'bytes:-1',
    'bytes:1.5',
    'bytes:1e3',
    'bytes:65537',
    'Bytes',
    'lines\n',
  ])('the argument %j', async (argument) => {
    await expect(openOn(argument, Readable.from([]))).rejects.toMatchObject({
      code: 'LAB_ERR_BAD_VALUE',
      message: expect.stringContaining(
        JSON.stringify(argument === '' ? 'stdin' : `stdin:${argument}`),
      ),
    });
  });

  test('looping: what came in is gone', async () => {
    await expect(openOn('lines', Readable.from([]), { loop: true })).rejects.toMatchObject({
      code: 'LAB_ERR_BAD_VALUE',
      message: expect.stringContaining('cannot be looped'),
      hint: expect.stringContaining('replay:FILE'),
    });
  });
});
