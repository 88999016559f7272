import { expect, it } from 'vitest';
import { chosenOptions, openSource } from '../../../src/sources/registry.js';

it('what a source is opened with has nothing of another source in it', () => {
  const values = { symbols: 7, timeUnit: 'ms', finnhubUrl: 'http://127.0.0.1:1' };
  expect(chosenOptions('replay:x.csv', values)).toEqual({ symbols: 7, timeUnit: 'ms' });
  expect(chosenOptions('synthetic', values)).toEqual({ symbols: 7 });
  expect(chosenOptions('stdin:lines', values)).toEqual({ symbols: 7 });
});

it('the synthetic source opens beside settings that a file has for a recording', async () => {
  const chosen = chosenOptions('synthetic', { symbols: 3, keyColumn: 'symbol' });
  const source = await openSource('synthetic', {
    seed: 1,
    sizeBytes: 0,
    loop: false,
    symbols: 3,
    ...chosen,
  });
  expect(source.name).toBe('synthetic');
});
