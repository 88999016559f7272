import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LabError } from '../../../src/errors.js';
import { MAX_SYMBOLS, parseSymbols } from '../../../src/sources/finnhub/symbols.js';

const symbol = fc.oneof(
  fc.stringMatching(/^[A-Z0-9^][A-Z0-9.:_-]{0,20}$/),
  fc.stringMatching(/^[A-Z0-9&%+#?/=;@!'"()~é東-]{1,20}$/),
);
const symbols = fc.uniqueArray(symbol, { minLength: 1, maxLength: MAX_SYMBOLS });
const spaces = fc.stringMatching(/^ {0,2}$/);

test('a list of symbols reads back as it was written, spaces around them apart', () => {
  fc.assert(
    fc.property(symbols, spaces, fc.boolean(), (wanted, space, rest) => {
      const list = wanted.map((one) => `${space}${one}${space}`).join(',');
      expect(parseSymbols(rest ? `rest:${list}` : list)).toEqual({
        mode: rest ? 'rest' : 'stream',
        symbols: wanted,
      });
    }),
  );
});

test('any text is symbols that a URL and a line of JSON carry, or LAB_ERR_BAD_VALUE on one line', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string(),
    fc.stringMatching(/^(rest:)?[A-Za-z,: .]*$/),
  );
  fc.assert(
    fc.property(text, (argument) => {
      try {
        const { symbols: found } = parseSymbols(argument);
        expect(found.length).toBeGreaterThan(0);
        expect(found.length).toBeLessThanOrEqual(MAX_SYMBOLS);
        expect(new Set(found).size).toBe(found.length);
        for (const one of found) {
          expect(one).not.toMatch(/^\s|\s$|[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp},]/u);
          expect(decodeURIComponent(encodeURIComponent(one))).toBe(one);
        }
      } catch (error) {
        if (!(error instanceof LabError)) throw error;
        expect(error.code).toBe('LAB_ERR_BAD_VALUE');
        expect(error.message).not.toMatch(/[\p{Cc}\p{Cf}]/u);
        expect(error.message.length).toBeLessThan(400);
        expect(error.hint).toBeDefined();
      }
    }),
    { numRuns: 200 },
  );
});
