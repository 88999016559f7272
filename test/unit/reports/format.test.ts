import { describe, expect, test } from 'vitest';
import {
  formatBitRate,
  formatByteSetting,
  formatBytes,
  formatCount,
  formatInteger,
  formatMicros,
  formatPercent,
  formatRange,
  formatRatio,
  formatSeconds,
  formatSetting,
  trimmed,
} from '../../../reports/format.js';

describe('numbers', () => {
  test.each([
    [0, '0 µs'],
    [0.0004, '<0.001 µs'],
    [0.25, '0.250 µs'],
    [7, '7.00 µs'],
    [999.4, '999 µs'],
    [999.7, '1.00 ms'],
    [12_345, '12.3 ms'],
    [999_600, '1.00 s'],
    [61_200_000, '61.2 s'],
    [2_100_000_000, '2,100 s'],
    [-1500, '-1.50 ms'],
    [null, '–'],
  ])('a latency of %s µs reads %s', (micros, text) => {
    expect(formatMicros(micros)).toBe(text);
  });

  test.each([
    [0, '0'],
    [87, '87'],
    [999, '999'],
    [99.95, '100'],
    [1000, '1,000'],
    [1234, '1,230'],
    [99_849.6, '99,800'],
    [999_499, '999,000'],
    [999_500, '1.00 M'],
    [3_060_000, '3.06 M'],
    [4_000_000_000, '4.00 G'],
    [null, '–'],
  ])('a count of %s reads %s', (value, text) => {
    expect(formatCount(value)).toBe(text);
  });

  test.each([
    [0, '0 B'],
    [1023, '1,023 B'],
    [130.52, '131 B'],
    [1024, '1.00 KiB'],
    [4 * 1024 ** 2, '4.00 MiB'],
    [null, '–'],
  ])('%s bytes read %s', (value, text) => {
    expect(formatBytes(value)).toBe(text);
  });

  test.each([
    [0, '0 %'],
    [1, '100 %'],
    [1e-9, '<0.001 %'],
    [1 - 1e-9, '>99.999 %'],
    [0.0004, '0.040 %'],
    [0.0031, '0.31 %'],
    [0.9969, '99.69 %'],
    [0.5, '50.0 %'],
    [1.25, '125.0 %'],
    [null, '–'],
  ])('a share of %s reads %s, and only none is 0 % and only all is 100 %', (share, text) => {
    expect(formatPercent(share)).toBe(text);
  });

  test.each([
    [1, '1'],
    [0.5, '0.5'],
    [1000, '1,000'],
    [1234, '1,234'],
    [123_456.5, '123,456.5'],
    [4_000_000, '4 M'],
    [1_500_000, '1.5 M'],
    [1_234_567, '1,234,567'],
  ])('what somebody asked for is never rounded: %s reads %s', (value, text) => {
    expect(formatSetting(value)).toBe(text);
  });

  test.each([
    [64, '64 B'],
    [1000, '1,000 B'],
    [1500, '1,500 B'],
    [4096, '4 KiB'],
    [1024 ** 2, '1 MiB'],
    [0, '0 B'],
  ])('a size of %s bytes that somebody asked for reads %s', (bytes, text) => {
    expect(formatByteSetting(bytes)).toBe(text);
  });

  test.each([
    [500, '500 bit/s'],
    [64_000, '64.0 kbit/s'],
    [12_500_000, '12.5 Mbit/s'],
    [2e9, '2.00 Gbit/s'],
    [null, '–'],
  ])('%s bit/s read %s', (value, text) => {
    expect(formatBitRate(value)).toBe(text);
  });

  test('a range says its unit once where both ends have the same', () => {
    expect(formatRange({ low: 1200, high: 1350 }, formatMicros)).toBe('1.20 to 1.35 ms');
    expect(formatRange({ low: 990, high: 1350 }, formatMicros)).toBe('990 µs to 1.35 ms');
    expect(formatRange({ low: 99_800, high: 100_000 }, formatCount)).toBe('99,800 to 100,000');
  });

  test('whole numbers are grouped in threes whatever the locale', () => {
    expect([0, 999, 1000, 2_998_877, -1_234_567].map(formatInteger)).toEqual([
      '0',
      '999',
      '1,000',
      '2,998,877',
      '-1,234,567',
    ]);
  });

  test('factors and seconds carry their unit', () => {
    expect([1.264, 12_345, null].map(formatRatio)).toEqual(['1.26×', '12,300×', '–']);
    expect([10, 0.25, 3600].map(formatSeconds)).toEqual(['10 s', '0.25 s', '3,600 s']);
  });

  test('an axis tick drops the zeros that carry nothing and no others', () => {
    expect(['1.00 ms', '100 µs', '2.50 M', '0', '10,000'].map(trimmed)).toEqual([
      '1 ms',
      '100 µs',
      '2.5 M',
      '0',
      '10,000',
    ]);
  });
});
