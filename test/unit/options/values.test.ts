import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LabError } from '../../../src/errors.js';
import { nearest } from '../../../src/options/suggest.js';
import {
  bitRateText,
  bytesText,
  countText,
  durationText,
  microsText,
} from '../../../src/options/value-text.js';
import {
  parseBitRate,
  parseBytes,
  parseCount,
  parseDuration,
  parseFactor,
  parseInteger,
  parseList,
  parseMicros,
  parseName,
} from '../../../src/options/values.js';

const ANY = { min: 0, max: Number.MAX_SAFE_INTEGER };
const PLAIN = [parseInteger, parseCount, parseBytes];

function errorOf(action: () => unknown): LabError {
  try {
    action();
  } catch (error) {
    if (error instanceof LabError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('numbers behind flags', () => {
  it('reads k as 1000 and M as a million in counts, as 1024 and 1024² in bytes', () => {
    expect(parseCount('-r', '20k', ANY)).toBe(20_000);
    expect(parseCount('-r', '3M', ANY)).toBe(3_000_000);
    expect(parseBytes('-s', '64k', ANY)).toBe(65_536);
    expect(parseBytes('-s', '2M', ANY)).toBe(2_097_152);
  });

  it('reads every count and every byte size back from its own text', () => {
    fc.assert(
      fc.property(fc.nat(2 ** 40), (value) => {
        expect(parseCount('-r', countText(value), ANY)).toBe(value);
        expect(parseBytes('-s', bytesText(value), ANY)).toBe(value);
      }),
    );
  });

  it('reads every duration back from its own text', () => {
    fc.assert(
      fc.property(fc.nat(10 * 86_400_000), (ms) => {
        expect(parseDuration('-d', durationText(ms), ANY)).toBe(ms);
      }),
    );
  });

  it.each([
    ['300ms', 300],
    ['10s', 10_000],
    ['1m30s', 90_000],
    ['2h', 7_200_000],
    ['1h1m1s1ms', 3_661_001],
    ['0', 0],
    ['0s', 0],
  ])('reads the duration %s as %i ms', (text, ms) => {
    expect(parseDuration('-d', text, ANY)).toBe(ms);
  });

  it.each(['', '5', '1.5s', '-1s', '1e3ms', '10 s', '30s1m', 's', '10S'])(
    'refuses the duration %j',
    (text) => {
      expect(errorOf(() => parseDuration('-d', text, ANY)).code).toBe('LAB_ERR_BAD_VALUE');
    },
  );

  it.each([
    ['500us', 500],
    ['20ms', 20_000],
    ['42ms500us', 42_500],
    ['1m30s', 90_000_000],
    ['0', 0],
  ])('reads the fine duration %s as %i µs, and back from its text', (text, micros) => {
    expect(parseMicros('-d', text, ANY)).toBe(micros);
    expect(parseMicros('-d', microsText(micros), ANY)).toBe(micros);
  });

  it.each([
    ['1bit', 1],
    ['384kbit', 384_000],
    ['1.6mbit', 1_600_000],
    ['100.42mbit', 100_420_000],
    ['0.000000001gbit', 1],
  ])('reads the bit rate %s as %i, in bits a second', (text, rate) => {
    expect(parseBitRate('-b', text, ANY)).toBe(rate);
  });

  it('reads every bit rate back from its own text', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 ** 12 }), (rate) => {
        expect(parseBitRate('-b', bitRateText(rate), ANY)).toBe(rate);
      }),
    );
  });

  it.each([
    '',
    '12',
    '12M',
    '12Mbit',
    '1.5bit',
    '1e3kbit',
    '-1mbit',
    '1 mbit',
    '.5mbit',
    '12mbits',
  ])('refuses the bit rate %j', (text) => {
    expect(errorOf(() => parseBitRate('-b', text, ANY)).code).toBe('LAB_ERR_BAD_VALUE');
  });

  it.each(['', '5', '1.5ms', '5µs', '5us1ms'])('refuses the fine duration %j', (text) => {
    expect(errorOf(() => parseMicros('-d', text, ANY)).code).toBe('LAB_ERR_BAD_VALUE');
  });

  it.each([
    '',
    '1e9',
    '-5',
    '+5',
    'abc',
    '1.5',
    '0x10',
    '1_000',
    '1K',
    '5m',
    '5kk',
    ' 5',
    '٣',
    'NaN',
    'Infinity',
  ])('refuses the number %j, with and without suffixes', (text) => {
    for (const parse of PLAIN) {
      expect(errorOf(() => parse('-c', text, ANY)).code).toBe('LAB_ERR_BAD_VALUE');
    }
  });

  it('allows both ends of a range and nothing beyond, however large', () => {
    const range = { min: 1, max: 1_000 };
    expect([parseCount('-c', '1', range), parseCount('-c', '1k', range)]).toEqual([1, 1_000]);
    for (const text of ['0', '1001', '2k', '9'.repeat(400)]) {
      expect(errorOf(() => parseCount('-c', text, range)).message).toContain('is out of range');
    }
  });

  it('names the flag, the value and the allowed range', () => {
    const range = { min: 1, max: 100_000 };
    const beyond = errorOf(() => parseCount('-c/--clients', '0', range));
    expect(`${beyond.message} ${beyond.hint}`).toBe(
      "-c/--clients '0' is out of range allowed: 1 to 100k",
    );
    const nonsense = errorOf(() => parseCount('-c/--clients', 'abc', range));
    expect(nonsense.message).toBe("-c/--clients 'abc' is not a whole number (allowed: 1 to 100k)");
  });

  it('allows a fraction in a factor only', () => {
    expect(parseFactor('--speed', '0.5', { min: 0.1, max: 10 })).toBe(0.5);
    expect(errorOf(() => parseFactor('--speed', '1e1', ANY)).code).toBe('LAB_ERR_BAD_VALUE');
  });

  it('never throws anything but a LAB_ERR_BAD_VALUE on one short line, whatever it is given', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        for (const parse of [...PLAIN, parseDuration, parseMicros, parseBitRate, parseFactor]) {
          try {
            expect(parse('--flag', text, ANY)).toSatisfy((value: number) => Number.isFinite(value));
          } catch (error) {
            expect(error).toBeInstanceOf(LabError);
            expect((error as LabError).message).not.toMatch(/\p{Cc}/u);
            expect((error as LabError).message.length).toBeLessThan(500);
          }
        }
      }),
    );
  });
});

describe('comma lists', () => {
  const numbers = (text: string): number[] =>
    parseList('-c', text, (item) => parseCount('-c', item, ANY));

  it('reads back every list of different numbers', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(), { minLength: 1 }), (values) => {
        expect(numbers(values.map(countText).join(','))).toEqual(values);
      }),
    );
  });

  it.each(['', ',', '1,', ',1', '1,,2', '1, ,2'])('refuses the empty item in %j', (text) => {
    expect(errorOf(() => numbers(text)).message).toContain('has an empty item');
  });

  it('refuses a value that comes twice, in whatever spelling', () => {
    expect(errorOf(() => numbers('1k,1000')).message).toBe("-c '1k,1000' names '1000' twice");
  });
});

describe('names', () => {
  const policies = ['drop-oldest', 'disconnect'];

  it('suggests the nearest name and lists all', () => {
    const error = errorOf(() =>
      parseName('--policy', 'drop-oldst', policies, 'LAB_ERR_UNKNOWN_POLICY'),
    );
    expect(error.code).toBe('LAB_ERR_UNKNOWN_POLICY');
    expect(error.hint).toBe('did you mean drop-oldest? choose from: drop-oldest, disconnect');
  });

  it('suggests nothing for a word that resembles no name', () => {
    expect(nearest('zzzzzz', policies)).toBeUndefined();
    expect(nearest('xx', ['tcp', 'udp'])).toBeUndefined();
  });

  it.each([
    ['udpp', 'udp'],
    ['TCP', 'tcp'],
    ['upd', 'udp'],
    ['json', undefined],
    ['line', 'line-json'],
    ['msgpak', 'msgpack'],
  ])('takes %s for %s', (typed, meant) => {
    expect(nearest(typed, ['tcp', 'udp', 'line-json', 'msgpack'])).toBe(meant);
  });

  it('is a name that never changes when it is already known', () => {
    fc.assert(
      fc.property(
        fc.string(),
        (word) => nearest(word, [word]) === undefined || nearest(word, [word]) === word,
      ),
    );
  });
});
