import { chmod, mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openSource } from '../../../../src/sources/registry.js';
import { contentHash, OPTIONS, replayOf, take, withFile } from '../../../support/source/sources.js';

const STOCKS = 'replay:examples/data/stocks.csv';
const SP500 = 'replay:examples/data/sp500-2000.csv';

/** Times from a zero of their own. */
const SECONDS = { timeUnit: 's' } as const;

/** Items that look like `t,k` rows: the order of the keys is what these tests are about. */
function keysOf(items: readonly { readonly key: string }[]): string {
  return items.map(({ key }) => key).join('');
}

describe('the sample recordings', () => {
  test('stocks.csv: 560 items of 5 symbols, in order of date although the file is grouped by symbol', async () => {
    const items = await take(await openSource(STOCKS, OPTIONS), Number.POSITIVE_INFINITY);
    expect(items).toHaveLength(560);
    expect(new Set(items.map(({ key }) => key))).toEqual(
      new Set(['MSFT', 'AMZN', 'IBM', 'GOOG', 'AAPL']),
    );
    expect(items.slice(0, 5)).toEqual([
      { key: 'MSFT', value: { price: 39.81 }, time: 946_684_800_000_000 },
      { key: 'AMZN', value: { price: 64.56 }, time: 946_684_800_000_000 },
      { key: 'IBM', value: { price: 100.52 }, time: 946_684_800_000_000 },
      { key: 'AAPL', value: { price: 25.94 }, time: 946_684_800_000_000 },
      { key: 'MSFT', value: { price: 36.35 }, time: 949_363_200_000_000 },
    ]);
    expect(items.at(-1)).toEqual({
      key: 'AAPL',
      value: { price: 223.02 },
      time: 1_267_401_600_000_000,
    });
  });

  test('sp500-2000.csv: 5,105 items, keyed by the name of the file as it has no column for a key', async () => {
    const items = await take(await openSource(SP500, OPTIONS), Number.POSITIVE_INFINITY);
    expect(items).toHaveLength(5_105);
    expect(items[0]).toEqual({
      key: 'sp500-2000',
      value: {
        open: 1469.25,
        high: 1478,
        low: 1438.359985,
        close: 1455.219971,
        adjclose: 1455.219971,
        volume: 931_800_000,
      },
      time: 946_857_600_000_000,
    });
  });

  test('stocks-2009.ndjson replays exactly as the year 2009 of stocks.csv', async () => {
    const all = await take(await openSource(STOCKS, OPTIONS), Number.POSITIVE_INFINITY);
    const from = Date.UTC(2009, 0) * 1000;
    const to = Date.UTC(2010, 0) * 1000;
    const year = all.filter(({ time = 0 }) => time >= from && time < to);
    const source = await openSource('replay:examples/data/stocks-2009.ndjson', OPTIONS);
    expect(await take(source, Number.POSITIVE_INFINITY)).toEqual(year);
    expect(year).toHaveLength(60);
  });

  test('the same seed gives the same SHA-256 over the first 10,000 items, looped and padded', async () => {
    const options = { loop: true, sizeBytes: 200 };
    expect(await contentHash(STOCKS, options)).toBe(await contentHash(STOCKS, options));
    expect(await contentHash(STOCKS, { ...options, seed: 2 })).not.toBe(
      await contentHash(STOCKS, options),
    );
  });
});

describe('order and time', () => {
  test('items come in order of time, those of one time in the order of the file', async () => {
    expect(keysOf(await replayOf('a.csv', 'time,key\n30,d\n10,a\n20,b\n20,c\n', SECONDS))).toBe(
      'abcd',
    );
  });

  test("without times the file's own order stays, and items have none", async () => {
    const items = await replayOf('a.csv', 'key,price\nb,2\na,1\n');
    expect(items).toEqual([
      { key: 'b', value: { price: 2 } },
      { key: 'a', value: { price: 1 } },
    ]);
  });

  test('times before 1970 are kept as they are', async () => {
    const items = await replayOf('a.csv', 'time,key\n1969-12-31T23:59:59.5Z,a\n1900-01-01,b\n');
    expect(items.map(({ time }) => time)).toEqual([-2_208_988_800_000_000, -500_000]);
  });
});

describe('looping', () => {
  async function looped(rows: string, count: number): Promise<(number | undefined)[]> {
    return withFile('a.csv', `time,key\n${rows}`, async (path) => {
      const source = await openSource(`replay:${path}`, { ...OPTIONS, ...SECONDS, loop: true });
      return (await take(source, count)).map(({ time }) => time);
    });
  }

  test('each pass is later by the extent and one mean gap, so that the pace goes on over the seam', async () => {
    expect(await looped('10,a\n11,b\n14,c\n', 7)).toEqual([
      10e6, 11e6, 14e6, 16e6, 17e6, 20e6, 22e6,
    ]);
  });

  test('a recording without extent begins again after a second', async () => {
    expect(await looped('10,a\n', 3)).toEqual([10e6, 11e6, 12e6]);
    expect(await looped('10,a\n10,b\n', 4)).toEqual([10e6, 10e6, 11e6, 11e6]);
  });

  test('times never go back in 40 passes over real data', async () => {
    const source = await openSource(STOCKS, { ...OPTIONS, loop: true });
    const times = (await take(source, 560 * 40)).map(({ time }) => time ?? Number.NaN);
    expect(times.every((time, i) => i === 0 || time >= (times[i - 1] ?? Number.NaN))).toBe(true);
  });

  test('without loop the iteration ends, and stays ended', async () => {
    const source = await openSource(STOCKS, OPTIONS);
    expect(await take(source, 10_000)).toHaveLength(560);
    expect(await take(source, 10_000)).toEqual([]);
  });

  test('close ends the iteration in the middle of a pass, and is safe twice', async () => {
    const source = await openSource(STOCKS, { ...OPTIONS, loop: true });
    expect(await take(source, 3)).toHaveLength(3);
    await source.close();
    await source.close();
    expect(await take(source, 3)).toEqual([]);
  });
});

describe('padding', () => {
  test('every value of a recording is padded to the exact size, on every pass', async () => {
    const source = await openSource(STOCKS, { ...OPTIONS, loop: true, sizeBytes: 128 });
    for (const { value } of await take(source, 1_500))
      expect(JSON.stringify(value)).toHaveLength(128);
  });

  test('a value that is longer or no object is replayed as recorded', async () => {
    const rows =
      '{"seq":1,"time":1,"key":"a","value":[1]}\n{"seq":2,"time":2,"key":"b","value":{"text":"0123456789"}}';
    const items = await replayOf('a.ndjson', rows, { sizeBytes: 20, timeUnit: 'us' });
    expect(items.map(({ value }) => value)).toEqual([[1], { text: '0123456789' }]);
  });
});

describe('which format a file has', () => {
  const NDJSON = '\n {"key":"a","v":1}\n';
  const CSV = 'key,v\na,1\n';
  test.each([
    ['feed.ndjson', NDJSON],
    ['feed.JSONL', NDJSON],
    ['feed.csv', CSV],
    ['feed.CSV', CSV],
    ['feed.txt', NDJSON],
    ['feed', CSV],
  ])('%s is read as what it is', async (name, contents) => {
    expect(await replayOf(name, contents)).toEqual([{ key: 'a', value: { v: 1 } }]);
  });

  test('a byte order mark changes nothing in either format', async () => {
    expect(await replayOf('a.csv', `\ufeff${CSV}`)).toEqual(await replayOf('a.csv', CSV));
    expect(await replayOf('a', `\ufeff${NDJSON}`)).toEqual(await replayOf('a', NDJSON));
  });
});

describe('files that cannot be replayed', () => {
  const unreadable = (reason: string, path: string) => ({
    code: 'LAB_ERR_SOURCE_UNREADABLE',
    message: `source replay: cannot read '${path}': ${reason}`,
    hint: expect.stringContaining('replay:FILE'),
  });

  test('no file name is a usage error', async () => {
    await expect(openSource('replay', OPTIONS)).rejects.toMatchObject({
      code: 'LAB_ERR_BAD_VALUE',
    });
  });

  test('a missing file, a folder and a device are named with the reason', async () => {
    const open = (path: string) => openSource(`replay:${path}`, OPTIONS);
    await expect(open('no/such.csv')).rejects.toMatchObject(
      unreadable('there is no such file', 'no/such.csv'),
    );
    await expect(open('package.json/a.csv')).rejects.toMatchObject(
      unreadable('a part of the path is not a folder', 'package.json/a.csv'),
    );
    await expect(open('/dev/zero')).rejects.toMatchObject(
      unreadable('not a regular file', '/dev/zero'),
    );
    await expect(open('examples/data')).rejects.toMatchObject(
      unreadable('it is a folder', 'examples/data'),
    );
    await expect(open('a\0b')).rejects.toMatchObject({ code: 'LAB_ERR_SOURCE_UNREADABLE' });
    await expect(open('a'.repeat(5_000))).rejects.toMatchObject({
      code: 'LAB_ERR_SOURCE_UNREADABLE',
    });
  });

  test.skipIf(process.getuid?.() === 0)(
    'a file without permission is unreadable (root may read anything)',
    async () => {
      await withFile('a.csv', 'a\n1\n', async (path) => {
        await chmod(path, 0o000);
        const opened = openSource(`replay:${path}`, OPTIONS);
        await expect(opened).rejects.toMatchObject(unreadable('permission denied', path));
      });
    },
  );

  test('a link to itself is unreadable', async () => {
    await withFile('a.csv', '', async (path) => {
      const folder = join(path, '..', 'sub');
      await mkdir(folder);
      const link = join(folder, 'loop.csv');
      await symlink(link, link);
      await expect(openSource(`replay:${link}`, OPTIONS)).rejects.toMatchObject(
        unreadable('too many symbolic links', link),
      );
    });
  });

  test('a file above 32 MiB is refused before it is read', async () => {
    await withFile('a.csv', Buffer.alloc(32 * 1024 * 1024 + 1, 'a'), async (path) => {
      await expect(openSource(`replay:${path}`, OPTIONS)).rejects.toMatchObject(
        unreadable('33554433 bytes are more than the 33554432 a replay may have', path),
      );
    });
  });

  test.each([
    ['a.csv', ''],
    ['a.csv', '\ufeff'],
    ['a.csv', '\n\r\n\n'],
    ['a.csv', 'symbol,price\n'],
    ['a.ndjson', ''],
    ['a.ndjson', '\n \n'],
    ['a.ndjson', '{"control":"heartbeat","next":1}\n'],
  ])('%s holding %j is empty', async (name, contents) => {
    await expect(replayOf(name, contents)).rejects.toMatchObject({
      code: 'LAB_ERR_SOURCE_EMPTY',
      message: expect.stringContaining(name),
    });
  });

  test('UTF-16 is named, with or without a byte order mark', async () => {
    for (const contents of ['time,v\n2024-03-01,1\n', '{"time":"2024-03-01","v":1}\n']) {
      for (const text of [contents, `\ufeff${contents}`]) {
        const bytes = Buffer.from(text, 'utf16le');
        for (const given of [bytes, Buffer.from(bytes).swap16()]) {
          await expect(replayOf('a', given)).rejects.toMatchObject({
            code: 'LAB_ERR_SOURCE_MALFORMED',
            message: expect.stringContaining('a:1: UTF-16, not UTF-8'),
          });
        }
      }
    }
  });

  test('bytes that are not UTF-8 are refused with their line', async () => {
    for (const name of ['a.csv', 'a.ndjson']) {
      const latin1 = Buffer.from('key,v\na,1\nZürich,2\n', 'latin1');
      await expect(replayOf(name, latin1)).rejects.toMatchObject({
        code: 'LAB_ERR_SOURCE_MALFORMED',
        message: expect.stringMatching(new RegExp(`${name}:3: not UTF-8`)),
      });
    }
  });
});
