import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseExactJson } from '../../../../src/sources/text/exact-json.js';
import { isExact } from '../../../../src/sources/text/exact-number.js';
import { expectRefused, replayOf } from '../../../support/source/sources.js';
import { readAll } from '../../../support/source/stdin.js';

describe('a number is kept when the nearest double reads the same, a whole one as JSON writes it', () => {
  test.each([
    '0',
    '-0',
    '0.1',
    '1e23',
    '1E+2',
    '-12.50',
    '9007199254740991',
    '9007199254740992',
    '9007199254740994',
    '0.30000000000000004',
    '0.10000000000000001',
    '10000000000000000000000',
    '1.7976931348623157e308',
    '5e-324',
    '0e999',
    '0.1000000000000000055511151231257827',
  ])('%s is', (text) => expect(isExact(text)).toBe(true));

  test.each([
    '9007199254740993',
    '-9007199254740993',
    '9007199254740993.0',
    '9007199254740993e0',
    '900719925474099.3e1',
    '12345678901234567890',
    '1e400',
    '-1e400',
    '1e-400',
    '1.23456789e-320',
    '1709285400.123456789',
    '1.00000000000000000001',
    `1${'0'.repeat(200)}1`,
    '1152921504606846976',
    '90071992547409936',
  ])('%s is not', (text) => expect(isExact(text)).toBe(false));

  // Half way between two decimals of 17 digits: JSON writes the even one.
  test.each([5888062716414737 / 4, -1868078975020005 / 8, 2622414815654537 / 4])(
    'what a program writes of %d is',
    (number) => expect(isExact(JSON.stringify(number))).toBe(true),
  );

  test('what a program writes of any double is', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
        expect(isExact(JSON.stringify(number))).toBe(true);
        const digits = number.toPrecision(17);
        fc.pre(number !== 0 && Math.abs(number) > 1e-300 && !/^-?\d+$/.test(digits));
        expect(isExact(digits)).toBe(true);
      }),
    );
  });

  test('an integer is exactly when JSON writes the same integer', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }), (integer) => {
        const text = JSON.stringify(Number(integer));
        fc.pre(!text.includes('e'));
        expect(isExact(String(integer))).toBe(text === String(integer));
      }),
    );
  });
});

describe('JSON tells which numbers it would change', () => {
  test('of the outermost object by name, else the first', () => {
    const text =
      '{"a":9007199254740993,"b\\"":{"c":[1,1e999]},"d":"9007199254740993","e" : -9007199254740995 }';
    const { inexact, nested } = parseExactJson(text);
    expect([...inexact]).toEqual([
      ['a', '9007199254740993'],
      ['e', '-9007199254740995'],
    ]);
    expect(nested).toBe('1e999');
    expect(parseExactJson('[9007199254740993]').nested).toBe('9007199254740993');
    expect(parseExactJson('9007199254740993').nested).toBe('9007199254740993');
  });

  test('of two members of one name the last counts', () => {
    expect([...parseExactJson('{"a":9007199254740993,"a":1}').inexact]).toEqual([]);
    expect([...parseExactJson('{"a":1,"a":9007199254740993}').inexact]).toHaveLength(1);
  });

  test('and finds none in JSON that a program wrote, whatever is in its strings', () => {
    const json = fc.jsonValue({
      maxDepth: 4,
      stringUnit: fc.constantFrom('"', '\\', '{', '9', '1e999', ':', ',', 'x'),
    });
    fc.assert(
      fc.property(json, (value) => {
        const text = JSON.stringify({ value, more: '1234567890123456789' });
        expect(parseExactJson(text)).toMatchObject({ inexact: new Map(), nested: undefined });
      }),
    );
  });
});

describe('a number that no double holds', () => {
  const BIG = '9007199254740993';

  test.each([
    `{"id":${BIG}}`,
    `{"a":{"b":[1,{"c":${BIG}}]}}`,
    `[${BIG}]`,
    `{"key":"k","value":${BIG}}`,
    `{"seq":${BIG},"key":"k","value":1}`,
    `{"time":${BIG}999,"key":"k","value":1}`,
    `{"key":${BIG}.5,"value":1}`,
    '{"v":1e400}',
    '{"v":1e-400}',
  ])('on stdin is skipped and counted: %s', async (line) => {
    const notices: string[] = [];
    const { items, skipped } = await readAll('lines:id', [`${line}\n`], {
      onNotice: (text) => notices.push(text),
    });
    expect({ items, skipped }).toEqual({ items: [], skipped: 1 });
    expect(notices).toEqual([expect.stringContaining('a number no double can hold')]);
  });

  test.each([
    `{"id":1,"v":${BIG}}`,
    `{"v":{"w":[${BIG}]}}`,
    `{"seq":${BIG},"time":1700000000000000,"key":"a","value":1}`,
  ])('in NDJSON is refused with its line: %s', (line) =>
    expectRefused(
      'a.ndjson',
      `{"id":1,"v":1}\n${line}`.slice(line.startsWith('{"id"') ? 0 : 15),
      line.startsWith('{"id"') ? 2 : 1,
      'a number no double can hold',
    ),
  );

  test('in the time of a row is read from its digits, also where a double nearly holds it', async () => {
    const times = ['1709266858244028960', '1709266858244028161'];
    const rows = times.map((time, v) => `{"time":${time},"v":${v}}`).join('\n');
    expect(await replayOf('a.ndjson', rows)).toEqual([
      { key: 'a', value: { v: 1 }, time: 1_709_266_858_244_028 },
      { key: 'a', value: { v: 0 }, time: 1_709_266_858_244_028 },
    ]);
    for (const [time, micros] of [
      ['1709361675695.262941', 1_709_361_675_695_262],
      ['20240301024139888', Date.UTC(2024, 2, 1, 2, 41, 39, 888) * 1_000],
    ]) {
      expect((await replayOf('a.ndjson', `{"time":${time}}`))[0]?.time).toBe(micros);
      expect((await replayOf('a.csv', `time,v\n${time},1\n`))[0]?.time).toBe(micros);
    }
  });

  test('is a key like any other, in its own digits: two ids never become one', async () => {
    const rows = `{"id":${BIG},"v":1}\n{"id":9007199254740992,"v":2}`;
    const keys = [BIG, '9007199254740992'];
    expect((await replayOf('a.ndjson', rows)).map(({ key }) => key)).toEqual(keys);
    expect(
      (await replayOf('a.csv', `id,v\n${keys.join(',1\n')},2\n`)).map(({ key }) => key),
    ).toEqual(keys);
    const { items } = await readAll('lines', [
      `{"key":${BIG},"value":1}\n{"key":9007199254740992,"value":1}\n`,
    ]);
    expect(items.map(({ key }) => key)).toEqual(keys);
  });
});

test('times of lines on stdin in another unit are left out and named; the rest of the line is kept', async () => {
  const notices: string[] = [];
  const lines = ['1700000000', '1700000000000', '7'].map(
    (time) => `{"key":"a","value":1,"time":${time}}\n`,
  );
  const { items, skipped } = await readAll('lines', lines, {
    onNotice: (text) => notices.push(text),
  });
  expect(items).toEqual([1, 2, 3].map(() => ({ key: 'a', value: 1 })));
  expect(skipped).toBe(0);
  expect(notices).toEqual([
    'stdin:lines: line 1 without its time: "time" should be microseconds since 1970, 1700000000 seems to be seconds since 1970',
  ]);
});
