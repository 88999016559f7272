import { describe, expect, test } from 'vitest';
import {
  formatBytes,
  formatCount,
  formatCpuMicros,
  formatInteger,
  formatMicros,
  formatPercent,
  formatRatio,
  formatSeconds,
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
    [2_100_000_000, '2100 s'],
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
    [1000, '1.00k'],
    [999_950, '1.00M'],
    [3_060_000, '3.06M'],
    [4_000_000_000, '4.00G'],
    [null, '–'],
  ])('a count of %s reads %s', (value, text) => {
    expect(formatCount(value)).toBe(text);
  });

  test.each([
    [0, '0 B'],
    [1023, '1023 B'],
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

  test('whole numbers are grouped in threes whatever the locale', () => {
    expect([0, 999, 1000, 2_998_877, -1_234_567].map(formatInteger)).toEqual([
      '0',
      '999',
      '1,000',
      '2,998,877',
      '-1,234,567',
    ]);
  });

  test('factors, CPU time and seconds carry their unit', () => {
    expect([
      formatRatio(1.264),
      formatRatio(null),
      formatCpuMicros(1234.4),
      formatCpuMicros(0),
    ]).toEqual(['1.26×', '–', '1234 µs', '0 µs']);
    expect([formatSeconds(10), formatSeconds(0.25)]).toEqual(['10 s', '0.25 s']);
  });

  test('an axis tick drops the zeros that carry nothing and no others', () => {
    expect(['1.00 ms', '100 µs', '2.50k', '0', '10.0k'].map(trimmed)).toEqual([
      '1 ms',
      '100 µs',
      '2.5k',
      '0',
      '10k',
    ]);
  });
});
