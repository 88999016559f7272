import { expect, test } from 'vitest';
import { isLive, openSource, parseSourceSpec, sourceNames } from '../../../src/sources/registry.js';
import { OPTIONS } from '../../support/source/sources.js';

test('a spec splits at its first colon, and the rest is the argument untouched', () => {
  expect(parseSourceSpec('synthetic')).toEqual({ name: 'synthetic', argument: '' });
  expect(parseSourceSpec('replay:a.csv')).toEqual({ name: 'replay', argument: 'a.csv' });
  expect(parseSourceSpec('replay:C:\\feeds\\a.csv')).toEqual({
    name: 'replay',
    argument: 'C:\\feeds\\a.csv',
  });
  expect(parseSourceSpec('replay:')).toEqual({ name: 'replay', argument: '' });
});

test.each(['', 'syntetic', 'trades.csv', 'constructor', ':x'])(
  'the unknown source %j is refused with the known names',
  async (spec) => {
    await expect(openSource(spec, OPTIONS)).rejects.toMatchObject({
      code: 'LAB_ERR_UNKNOWN_SOURCE',
      message: expect.stringContaining(`'${spec}'`),
      hint: expect.stringContaining(sourceNames().join(', ')),
    });
  },
);

test('every listed source can be loaded and carries its own name', async () => {
  const arguments_: Readonly<Record<string, string>> = {
    replay: ':examples/data/stocks.csv',
    stdin: ':lines',
  };
  for (const name of sourceNames().filter((one) => one !== 'finnhub')) {
    const source = await openSource(`${name}${arguments_[name] ?? ''}`, OPTIONS);
    expect(source.name).toBe(name);
    expect(source.deterministic).toBe(!isLive(name));
    await source.close();
  }
});

test.each([
  [{ symbols: 0 }, 'symbols 0'],
  [{ symbols: 1e9 }, 'symbols 1000000000'],
  [{ symbols: 2.5 }, 'symbols 2.5'],
  [{ sizeBytes: -1 }, 'sizeBytes -1'],
  [{ sizeBytes: 2 ** 31 }, 'sizeBytes 2147483648'],
  [{ seed: Number.NaN }, 'seed NaN'],
  [{ seed: 0.5 }, 'seed 0.5'],
])('the option %o out of range is refused by name', async (options, text) => {
  await expect(openSource('synthetic', { ...OPTIONS, ...options })).rejects.toMatchObject({
    code: 'LAB_ERR_BAD_VALUE',
    message: `${text} is out of range`,
    option: text.split(' ')[0],
    value: text.split(' ')[1],
  });
});
