import { readdir } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { openSource } from '../../../../src/sources/registry.js';
import {
  expectRefused,
  OPTIONS,
  replayOf,
  take,
  withFile,
} from '../../../support/source/sources.js';

const NOON = Date.UTC(2024, 2, 1, 12) * 1_000;

/** Items and what was said of the file. */
async function readingOf(contents: string, name = 'a.csv') {
  return withFile(name, contents, async (path) => {
    const notices: string[] = [];
    const onNotice = (notice: string): void => void notices.push(notice.replace(path, name));
    const source = await openSource(`replay:${path}`, { ...OPTIONS, onNotice });
    return { items: await take(source, 1_000), notices, reading: source.reading };
  });
}

async function valuesOf(contents: string): Promise<unknown[]> {
  return (await replayOf('a.csv', contents)).map(({ value }) => value);
}

describe('what divides the columns is told by the rows', () => {
  test.each([
    [',', 'CSV'],
    [';', 'CSV divided by ";"'],
    ['\t', 'CSV divided by TAB'],
    ['|', 'CSV divided by "|"'],
  ])('%j', async (mark, format) => {
    const text = ['key,time,p', 'a,2024-03-01 12:00,1.5', ' b ,2024-03-01 12:00, 2']
      .join('\n')
      .replaceAll(',', mark);
    const { items, reading } = await readingOf(text);
    expect(items).toEqual([
      { key: 'a', value: { p: 1.5 }, time: NOON },
      { key: 'b', value: { p: 2 }, time: NOON },
    ]);
    expect(reading).toMatchObject({ format, columns: ['key', 'time', 'p'] });
  });

  test('or by a line sep=, which is not a row', async () => {
    for (const start of ['sep=;\n', '\ufeffsep=;\r\n', '"sep=;"\n']) {
      expect(await valuesOf(`${start}key;v\na;1\n`)).toEqual([{ v: 1 }]);
    }
    expect(await valuesOf('sep=^\nkey^v\na^1\n')).toEqual([{ v: 1 }]);
    await expectRefused(
      'a.csv',
      'sep=;\nkey;v\na;1;2\n',
      3,
      '3 fields, but the header names 2 columns',
    );
    await expectRefused('a.csv', 'sep=x\nkeyxv\nax1\n', 1, 'the line sep=x names no delimiter');
  });

  test('marks in quotes or in some rows only divide nothing', async () => {
    expect(await valuesOf('key,note\na,x;y\nb,"p,q|r"\n')).toEqual([
      { note: 'x;y' },
      { note: 'p,q|r' },
    ]);
    expect(await valuesOf('note\nx\ny|z\n'.replace('|', ':'))).toEqual([
      { note: 'x' },
      { note: 'y:z' },
    ]);
  });

  test.each([
    ['blanks', 'key v\na 1\nb 2\n', 'blanks'],
    ['colons', 'key:v\na:1\n', '":"'],
    ['carets', 'key^v\na^1\n', '"^"'],
    ['a separator of units', 'key\u001fv\na\u001f1\n', '"\\u001f"'],
  ])('%s are refused by name: never one column of raw lines', async (_, contents, name) => {
    await expectRefused('a.csv', contents, 1, `the columns seem to be divided by ${name}`);
  });

  test('where two marks divide all rows evenly the file is refused', async () => {
    await expectRefused(
      'a.csv',
      'time;v,w\n1;1,5\n2;2,5\n',
      1,
      'both "," and ";" divide the rows evenly',
    );
  });
});

describe('a decimal comma', () => {
  test('is one where commas do not divide columns', async () => {
    expect(await valuesOf('key;v;w\na;1,5;-0,25\nb;2;1,125\n')).toEqual([
      { v: 1.5, w: -0.25 },
      { v: 2, w: 1.125 },
    ]);
    expect(await valuesOf('key\tv\na\t1,5\n')).toEqual([{ v: 1.5 }]);
  });

  test('may come with points between thousands', async () => {
    expect(await valuesOf('key;v\na;1.250,75\nb;0,5\n')).toEqual([{ v: 1250.75 }, { v: 0.5 }]);
    await expectRefused('a.csv', 'key;v\na;1.250\nb;0,5\n', 3, 'numbers with a decimal comma');
  });

  test('beside a decimal point is refused with the line', async () => {
    await expectRefused(
      'a.csv',
      'key;v;w\na;1,5;1\nb;2,5;1.5\n',
      3,
      'numbers with a decimal comma (column "v")',
    );
  });

  test('is not a guess where it may set thousands apart: the field stays text, and that is said', async () => {
    for (const [contents, line] of [
      ['key;v\na;1,234\nb;5\n', 2],
      ['key,v\na,5\nb,"1,234.5"\n', 3],
      ["key;v\na;1'234\n", 2],
    ] as const) {
      const { items, notices } = await readingOf(contents);
      expect(items.map(({ value }) => (value as { v: unknown }).v)).toContainEqual(
        expect.stringMatching(/^1.234/),
      );
      expect(notices).toEqual([
        expect.stringMatching(new RegExp(`line ${line}, column "v": "1.234.*may set thousands`)),
      ]);
    }
  });
});

describe('header lines', () => {
  test.each([
    [
      'on top of it, a title',
      'Prices of 2024\n\nkey,v\na,1\n',
      3,
      '2 fields, but the header names 1 columns',
    ],
    [
      'names of a second level',
      'Price,Close,Open\nTicker,MSFT,MSFT\nDate,,\n2024-03-01,1,2\n',
      2,
      'another header row?',
    ],
    ['units below', 'a,b\n[m],[s]\n1,2\n', 2, 'another header row?'],
    ['units below a time', 'time,b\n,[s]\n2024-03-01,2\n', 2, 'the time is empty'],
    [
      'a header of another file',
      'symbol,price\nA,1\nticker,close\nB,2\n',
      3,
      'another header row?',
    ],
    [
      'a header in another order',
      'symbol,price\nA,1\nprice,symbol\n2,B\n',
      3,
      'another header: the same columns',
    ],
    [
      'a header of another file with times',
      'time,p\n2024-03-01,1\nts,q\n',
      3,
      '"ts" is not a time',
    ],
    [
      'no header, but data',
      'AAPL,2024-03-01,1.5\nMSFT,2024-03-02,2.5\n',
      1,
      '"2024-03-01" is data where the names',
    ],
    [
      'no header, but counted times',
      '1709285400,A,1\n1709285401,A,2\n',
      1,
      '"1709285400" is data where',
    ],
    [
      'no header, but days as numbers',
      'A,20240301,1\nB,20240304,2\n',
      1,
      '"20240301" is data where',
    ],
    ['columns without names', ',,v\na,b,1\n', 1, 'two columns have no name'],
  ])('%s: refused with the line, never data', (_, contents, line, what) =>
    expectRefused('a.csv', contents, line, what),
  );

  test('the hint says which line was taken for the header, and how to cut what is above it', async () => {
    await expect(replayOf('a.csv', 'Report\n#1\n\nkey;v\na;1\n')).rejects.toMatchObject({
      hint: 'columns are divided by ";"; where the header stands further down, remove what is above it (line 1 is taken for it): tail -n +4',
    });
  });

  test('the same header again, as in files put one behind the other, is passed over and said', async () => {
    for (const again of ['symbol,price', 'Symbol, Price', '\ufeffsymbol,price']) {
      const { items, notices } = await readingOf(`symbol,price\nA,1\n${again}\nB,2\n${again}\n`);
      expect(items).toEqual([
        { key: 'A', value: { price: 1 } },
        { key: 'B', value: { price: 2 } },
      ]);
      expect(notices).toEqual([
        'replay a.csv: the header stands again on line 3: passed over (2 in all)',
      ]);
    }
  });

  test('columns at the end that have neither name nor content are none', async () => {
    for (const rows of ['key;v;;\na;1,5;;\n', 'key;v\na;1,5;;\n', 'key;v;;\na;1,5\n']) {
      expect(await valuesOf(rows)).toEqual([{ v: 1.5 }]);
    }
    await expectRefused(
      'a.csv',
      'key,v,,\na,1,,x\n',
      2,
      '4 fields, but the header names 2 columns',
    );
  });

  test('numbers spelled in another way stay text, and that is said, however many there are', async () => {
    for (const odd of ['.5', '5.', '+1.5', '1.5%', '-.25']) {
      const { items, notices } = await readingOf(`key,v\n${`a,${odd}\n`.repeat(9)}b,1\n`);
      expect(items.map(({ value }) => value)).toEqual([...Array(9).fill({ v: odd }), { v: 1 }]);
      expect(notices).toEqual([
        `replay a.csv: line 2, column "v": "${odd}" is not a plain decimal: such fields stay text`,
      ]);
    }
    const { notices } = await readingOf(`key,v\n${'a,1\nb,halted\n'.repeat(9)}`);
    expect(notices).toEqual(['replay a.csv: line 3, column "v": "halted" is text among numbers']);
  });

  test('text among numbers is data, and said, where it is not a name', async () => {
    const { items, notices } = await readingOf('symbol,price\nA,1\nB,halted\nC,2\n');
    expect(items.map(({ value }) => value)).toEqual([
      { price: 1 },
      { price: 'halted' },
      { price: 2 },
    ]);
    expect(notices).toEqual([
      'replay a.csv: line 3, column "price": "halted" is text among numbers',
    ]);
  });
});

describe('blanks', () => {
  test('around names, keys, times, numbers and text are none; in quotes they stay', async () => {
    const { items } = await readingOf(
      'symbol, time , price,note\n A, 2024-03-01T12:00Z , 1.5 , x y \n"B ", 1709294400," 2", " z"\n'.replace(
        ', 1709294400',
        ', 2024-03-01 12:00',
      ),
    );
    expect(items).toEqual([
      { key: 'A', value: { price: 1.5, note: 'x y' }, time: NOON },
      { key: 'B ', value: { price: ' 2', note: ' z' }, time: NOON },
    ]);
  });

  test('lines of blanks are none, whatever their end', async () => {
    expect(await valuesOf('\n  \nkey,v\r\n   \r\na,1\n\t\nb,2\n  ')).toEqual([{ v: 1 }, { v: 2 }]);
  });
});

describe('words for nothing', () => {
  const WORDS = ['null', 'NULL', 'NA', 'N/A', '#N/A', 'NaN', '-', 'None', '?', ''];

  test('are null in a column of numbers', async () => {
    const rows = WORDS.map((word) => `k,${word}\n`).join('');
    expect(await valuesOf(`key,v\nk,1\n${rows}`)).toEqual([
      { v: 1 },
      ...WORDS.map(() => ({ v: null })),
    ]);
  });

  test('and text, as they stand, in any other, where only an empty field is null', async () => {
    const rows = WORDS.map((word) => `k,${word}\n`).join('');
    expect(await valuesOf(`key,v\nk,x\n${rows}`)).toEqual([
      { v: 'x' },
      ...WORDS.map((word) => ({ v: word || null })),
    ]);
  });
});

describe('numbers that a double does not keep', () => {
  test.each([
    '9007199254740993',
    '12345678901234567890',
    '-9007199254740993',
    '1e400',
    '1e-400',
    '1.0000000000000000001',
  ])('%s stays text, with all of its column, and that is said', async (number) => {
    const { items, notices } = await readingOf(`key,v\na,1\nb,${number}\n`);
    expect(items.map(({ value }) => value)).toEqual([{ v: '1' }, { v: number }]);
    expect(notices).toEqual([
      expect.stringContaining(`line 3, column "v": "${number}" has more digits than a double`),
    ]);
  });

  test('others are numbers', async () => {
    expect(
      await valuesOf('key,v\na,9007199254740992\nb,0.30000000000000004\nc,1e23\nd,-0\n'),
    ).toEqual([{ v: 9007199254740992 }, { v: 0.30000000000000004 }, { v: 1e23 }, { v: -0 }]);
  });
});

describe('what is not a table', () => {
  test.each([
    ['an array', 'a.json', '[\n {"v":1}\n]\n', 'a JSON array, not one object a line'],
    ['an array of one line', 'a', '[{"v":1},{"v":2}]', 'a JSON array, not one object a line'],
    ['an array by the name of a table', 'a.csv', '[1,2]\n', 'a JSON array, not one object a line'],
    [
      'an array by the name of NDJSON',
      'a.ndjson',
      '[\n{"v":1}\n]\n',
      'not valid JSON: "[" only opens it',
    ],
    [
      'an object over several lines',
      'a.json',
      '{\n "v": 1\n}\n',
      'not valid JSON: "{" only opens it',
    ],
    [
      'NDJSON by the name of a table',
      'a.csv',
      '{"v":1}\n{"v":2}\n',
      'JSON objects where a table should be',
    ],
    ['a number that is none', 'a.ndjson', '{"v":NaN}\n', 'NaN and Infinity are not JSON'],
    ['a workbook', 'a.csv', 'PK\u0003\u0004', 'a ZIP archive or a workbook (XLSX), not text'],
    ['a page', 'a.csv', '<!DOCTYPE html>\n<html>', 'HTML or XML, not a table'],
  ])('%s has a sentence of its own', (_, name, contents, what) =>
    expectRefused(name, contents, 1, what),
  );
});

test('the index that pandas writes without a name is the time when it holds dates', async () => {
  const { reading } = await readingOf(',v\n2024-03-01 12:00,1\n');
  expect(reading).toMatchObject({ time: [''], timeForm: 'dates' });
  expect((await readingOf(',v\n0,1\n')).reading).toMatchObject({ time: [] });
});

test('every file of test/fixtures/replay is read or refused as its name says', async () => {
  const folder = 'test/fixtures/replay';
  const names = (await readdir(folder)).filter((name) => name !== 'README.md');
  expect(names.length).toBeGreaterThan(5);
  for (const name of names) {
    const opened = openSource(`replay:${folder}/${name}`, OPTIONS);
    if (name.includes('refused'))
      await expect(opened, name).rejects.toMatchObject({ code: 'LAB_ERR_SOURCE_MALFORMED' });
    else expect((await opened).reading?.rows, name).toBe(2);
  }
});
