import { describe, expect, test } from 'vitest';
import { readingText } from '../../../../src/sources/reading.js';
import { openSource } from '../../../../src/sources/registry.js';
import type { SourceReading } from '../../../../src/sources/source.js';
import { expectRefused, OPTIONS, replayOf, withFile } from '../../../support/source/sources.js';

/** Times far from the present want a word. */
const MICROS = { timeUnit: 'us' } as const;

describe("the lab's own wire form", () => {
  test('key, value and time are taken, the sequence number is not, and time is microseconds whatever its size', async () => {
    const rows = [
      '{"seq":9,"time":5,"key":"a","value":{"p":1}}',
      '{"seq":3,"time":6,"key":"","value":null}',
    ];
    expect(await replayOf('a.ndjson', rows.join('\n'), MICROS)).toEqual([
      { key: 'a', value: { p: 1 }, time: 5 },
      { key: '', value: null, time: 6 },
    ]);
  });

  test('the sequence number is said to be no part of the value, as it is none', async () => {
    const rows = '{"seq":1,"time":1700000000000000,"key":"a","value":"AA==","encoding":"base64"}';
    await withFile('a.ndjson', rows, async (path) => {
      const { reading } = await openSource(`replay:${path}`, OPTIONS);
      expect(readingText(reading as SourceReading)).toMatch(
        /columns time, key, value; .* value: value$/,
      );
    });
  });

  test('a value in base64 becomes the bytes it stands for', async () => {
    const [item] = await replayOf(
      'a.ndjson',
      '{"seq":1,"time":5,"key":"a","encoding":"base64","value":"3q2+7w=="}',
      MICROS,
    );
    expect(item?.value).toBeInstanceOf(Uint8Array);
    expect(item?.value).toEqual(Buffer.from([0xde, 0xad, 0xbe, 0xef]));
  });

  test('a control word beside a value is data', async () => {
    expect(await replayOf('a.ndjson', '{"sensor":"s","control":"end","value":1}')).toEqual([
      { key: 's', value: { control: 'end', value: 1 } },
    ]);
  });

  test('control lines of a captured stream are skipped; a member of that name in other data is data', async () => {
    const rows = [
      '{"control":"welcome","protocol":1,"codec":"line-json","epoch":"00","next":1,"oldest":1,"snapshot":0,"heartbeat_ms":1000}',
      '{"seq":1,"time":5,"key":"a","value":1}',
      '{"control":"lagged","missed":3,"next":5}',
      '{"control":"heartbeat","next":5}',
      '{"control":"end","reason":"closed"}',
    ];
    expect(await replayOf('a.ndjson', rows.join('\n'), MICROS)).toEqual([
      { key: 'a', value: 1, time: 5 },
    ]);
    expect(await replayOf('a.ndjson', '{"sensor":"s","control":"on"}')).toEqual([
      { key: 's', value: { control: 'on' } },
    ]);
  });
});

describe('any other object', () => {
  test('key and time come from the members that name them, the value is the rest', async () => {
    expect(
      await replayOf('a.ndjson', '{"ts":"Jan 1 2000","Ticker":"X","p":[1,{"q":null}]}'),
    ).toEqual([{ key: 'X', value: { p: [1, { q: null }] }, time: 946_684_800_000_000 }]);
  });

  test("a number is a key too, and without a key the file's name is", async () => {
    expect((await replayOf('a.ndjson', '{"id":7}'))[0]?.key).toBe('7');
    expect((await replayOf('prices.2024.ndjson', '{"v":7}'))[0]?.key).toBe('prices.2024');
  });

  test('members called __proto__ stay data', async () => {
    const [item] = await replayOf('a.ndjson', '{"key":"a","__proto__":{"x":1}}');
    expect(JSON.stringify(item?.value)).toBe('{"__proto__":{"x":1}}');
  });

  test('blank lines and CRLF are fine, and the last line may have no end', async () => {
    expect(await replayOf('a.ndjson', '{"v":1}\r\n\r\n  \n{"v":2}')).toEqual([
      { key: 'a', value: { v: 1 } },
      { key: 'a', value: { v: 2 } },
    ]);
  });
});

describe('a last line that breaks off', () => {
  const [first, last] = [
    '{"seq":1,"time":1700000000000005,"key":"a","value":1}',
    '{"seq":2,"time":1700000000000006,"key":"é\\"{","value":["ü",{"x":1e3}]}',
  ] as const;
  const whole = Buffer.from(`${first}\n${last}`);

  test('is left out wherever it does, be it within a character, and told; whole it is played', async () => {
    const begins = Buffer.byteLength(first) + 2;
    for (let end = begins; end <= whole.length; end++) {
      const notices: string[] = [];
      const items = await replayOf('a.ndjson', whole.subarray(0, end), {
        onNotice: (notice) => notices.push(notice),
      });
      const isWhole = end === whole.length;
      expect([end, items.length, notices.length]).toEqual([end, isWhole ? 2 : 1, isWhole ? 0 : 1]);
      if (!isWhole) expect(notices[0]).toMatch(/a\.ndjson', line 2, breaks off: it is left out$/);
    }
  });

  test('is counted', async () => {
    await withFile('a.ndjson', `${first}\n{"se`, async (path) => {
      const source = await openSource(`replay:${path}`, OPTIONS);
      expect(source.stats?.()).toEqual({ skipped: 1 });
    });
    await withFile('a.ndjson', `${first}\n`, async (path) => {
      expect((await openSource(`replay:${path}`, OPTIONS)).stats).toBeUndefined();
    });
  });

  test('is not an excuse for one that is wrong, nor for a file of nothing else, nor for a row of CSV', async () => {
    await expectRefused('a.ndjson', `${first}\n{"v":1}{"v":2}`, 2, 'not valid JSON');
    await expectRefused('a.ndjson', `${first}\n{"v":\n${first}`, 2, 'not valid JSON');
    await expectRefused('a.ndjson', '{"v":', 1, 'not valid JSON');
    await expect(replayOf('a.csv', Buffer.from('key,v\na,1\nb,é').subarray(0, -1))).rejects.toThrow(
      'not UTF-8',
    );
  });
});

describe('a line that is wrong is refused with its number', () => {
  const nested = (depth: number) => `{"v":${'['.repeat(depth)}${']'.repeat(depth)}}`;
  test.each([
    ['broken JSON', '{"v":1}\n\n{"v":\n', 3, 'not valid JSON: "{\\"v\\":"'],
    ['two objects', '{"v":1}{"v":2}', 1, 'not valid JSON'],
    ['an array', '{"v":1}\n[1]\n', 2, 'not a JSON object: "[1]"'],
    ['null', 'null', 1, 'not a JSON object: "null"'],
    ['an empty key', '{"key":"","v":1}', 1, 'the key is empty'],
    ['a null key', '{"symbol":null}', 1, 'the key "symbol" is neither text nor a number'],
    ['no time in it', '{"time":{},"v":1}', 1, '"{}" is not a time'],
    [
      'a time missing',
      '{"time":1,"v":1}\n{"v":2}',
      2,
      'this row has no "time", the time of the row at line 1',
    ],
    [
      'a time too many',
      '{"v":1}\n{"time":1,"v":2}',
      2,
      'this row has "time" as its time, but the row at line 1 has no time',
    ],
    [
      'a time out of range',
      '{"seq":1,"time":1e300,"key":"a","value":1}',
      1,
      '"time" of the lab\'s own form is microseconds since 1970, and "1e300" seems to be no time from 1990 to 2100',
    ],
    ['a number too large', '{"v":1e999}', 1, 'a number no double can hold'],
    ['half a character', '{"v":"\\ud800"}', 1, 'half of a surrogate pair'],
    ['half a character in the key', '{"key":"\\udc00"}', 1, 'half of a surrogate pair'],
    [
      'another encoding',
      '{"seq":1,"time":1,"key":"a","encoding":"hex","value":"00"}',
      1,
      '"encoding" is "hex", not "base64"',
    ],
    [
      'bad base64',
      '{"seq":1,"time":1,"key":"a","encoding":"base64","value":"?"}',
      1,
      'the value is not base64',
    ],
    [
      'base64 of a number',
      '{"seq":1,"time":1,"key":"a","encoding":"base64","value":1}',
      1,
      'the value is not base64',
    ],
    ['too deep', nested(128), 1, 'nested deeper than 128 levels'],
    ['far too deep', nested(500_000), 1, 'nested deeper than 128 levels'],
    [
      'above 1 MiB',
      `{"v":1}\n{"v":"${'x'.repeat(1024 * 1024)}"}`,
      2,
      'longer than the 1048576 bytes a row may have',
    ],
  ])('%s', (_, contents, line, what) => expectRefused('a.ndjson', contents, line, what));

  test('nesting up to the limit is fine', async () => {
    expect(await replayOf('a.ndjson', nested(127))).toHaveLength(1);
  });
});
