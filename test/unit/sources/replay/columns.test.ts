import { describe, expect, test } from 'vitest';
import { readingText } from '../../../../src/sources/reading.js';
import { openSource } from '../../../../src/sources/registry.js';
import type { SourceOptions, SourceReading } from '../../../../src/sources/source.js';
import { expectRefused, OPTIONS, replayOf, withFile } from '../../../support/source/sources.js';

describe('time and key under other names', () => {
  const ROWS = 'when,pair,p\n2024-03-01T00:01:00Z,BTC,1\n2024-03-01T00:00:00Z,ETH,2\n';

  async function reading(rows: string, spec = '', options: Partial<SourceOptions> = {}) {
    return withFile('a.csv', rows, async (path) => {
      return (await openSource(`replay:${path}${spec}`, { ...OPTIONS, ...options })).reading;
    });
  }

  test('what is there and what was taken is said', async () => {
    expect(await reading(ROWS)).toEqual({
      format: 'CSV',
      rows: 2,
      columns: ['when', 'pair', 'p'],
      time: [],
      timeForm: null,
      span: null,
      key: null,
      keys: 1,
    });
  });

  test('in one line, whatever the names hold', async () => {
    const known = await reading(
      '"date, day",time,v\n2024-03-01,09:30,1\n',
      '?time=date%2C day%2Btime',
    );
    expect(readingText(known as SourceReading)).toContain(
      'time: "date, day" + time (dates and times',
    );
  });

  test('with the first and the last time: years nobody expects show a unit that was not meant', async () => {
    const known = await reading('time,v\n731000001.5,1\n731000000,2\n');
    expect(known?.span).toEqual([731_000_000e6, 731_000_001.5e6]);
    expect(readingText(known as SourceReading)).toContain(
      'time: time (seconds since 1970, 1993-03-01T15:33:20Z to 1993-03-01T15:33:21.5Z); key',
    );
  });

  test.each([
    ['?time=when&key=pair', {}],
    ['?time=%23%31&key=WHEN%2Fpair', {}, 'when,WHEN/pair,p'],
    ['', { timeColumn: 'When', keyColumn: '#2' }],
    ['?key=pair', { timeColumn: 'when', keyColumn: 'pair' }],
  ])('the user names them: %s %o', async (spec, options, header = 'when,pair,p') => {
    const rows = ROWS.replace('when,pair,p', header);
    expect(await reading(rows, spec, options)).toMatchObject({
      time: ['when'],
      timeForm: 'dates',
      keys: 2,
    });
  });

  test('or says that there is none', async () => {
    const rows = 'time,id,p\n2024-03-01T00:01:00Z,7,1\n';
    expect(await reading(rows)).toMatchObject({ time: ['time'], key: 'id' });
    expect(await reading(rows, '?time=none', { keyColumn: 'none' })).toMatchObject({
      time: [],
      key: null,
    });
  });

  test('a name that is not there is refused with those that are', async () => {
    for (const spec of ['?time=nope', '?key=nope', '?time=when%2Bnope', '?key=%239']) {
      await expect(reading(ROWS, spec)).rejects.toMatchObject({
        code: 'LAB_ERR_BAD_VALUE',
        message: expect.stringMatching(/^(time|key)Column "(nope|#9)": there is no such column$/),
        hint: expect.stringContaining('the columns are: when, pair, p'),
      });
    }
  });

  test.each([
    ['?tiem=ts', '"tiem=ts" behind the ? is not known'],
    ['?time=', '"time=" behind the ? says nothing'],
    ['?time=a&time=b', '"time=b" behind the ? is said twice'],
    ['?time=%zz', '"time=%zz" behind the ? holds a % that begins no %XX'],
    ['?unit=hours', '"hours" is not a unit of times'],
  ])('%s is refused', async (spec, message) => {
    await expect(reading(ROWS, spec)).rejects.toMatchObject({
      code: 'LAB_ERR_BAD_VALUE',
      message: expect.stringContaining(message),
    });
  });

  test('spec and options that say different things are refused', async () => {
    await expect(reading(ROWS, '?key=pair', { keyColumn: 'p' })).rejects.toMatchObject({
      code: 'LAB_ERR_BAD_VALUE',
    });
  });

  test('a file whose own name has a ? is named as it is, and with one more ? where its end looks like options', async () => {
    const items = [{ key: 'a', value: { v: 1 } }];
    expect(await replayOf('what?.csv', 'key,v\na,1\n')).toEqual(items);
    await withFile('what?key=b', 'key,v\na,1\n', async (path) => {
      const source = await openSource(`replay:${path}?`, OPTIONS);
      expect(source.reading).toMatchObject({ key: 'key' });
    });
  });

  test('other sources have no columns', async () => {
    const opened = openSource('synthetic', { ...OPTIONS, timeColumn: 'ts' });
    await expect(opened).rejects.toMatchObject({ code: 'LAB_ERR_NO_EFFECT' });
  });

  test('in NDJSON the first row decides, and a row without its members is refused', async () => {
    await expectRefused(
      'a.ndjson',
      '{"id":1}\n{"v":2}',
      2,
      'this row has no "id", the key of the row at line 1',
    );
    await expectRefused(
      'a.ndjson',
      '{"v":1}\n{"id":2}',
      2,
      'this row has "id" as its key, but the row at line 1',
    );
    const items = await replayOf('a.ndjson', '{"id":1}\n{"symbol":"A","id":2}');
    expect(items.map(({ key }) => key)).toEqual(['1', '2']);
  });
});
