/**
 * Numbers as people read them. One quantity has one spelling everywhere: three significant digits,
 * thousands grouped (`99,800`), a million and more in words of the unit (`1.25 M`), times from
 * 1,000 µs in ms. Locale-free and deterministic: the same number is always the same text, a value
 * that is not there is "–", and a figure that is nearly zero or nearly all is never rounded to
 * "none" or "all". Files for machines (JSON, CSV) have the bare numbers instead.
 */
import type { MetricUnit } from '../bench/metric-catalogue.js';

/** What stands where a figure is missing. */
export const MISSING = '–';

interface Unit {
  readonly size: number;
  readonly name: string;
}

const TIME: readonly Unit[] = [
  { size: 1, name: ' µs' },
  { size: 1e3, name: ' ms' },
  { size: 1e6, name: ' s' },
];
const BYTES: readonly Unit[] = [
  { size: 1, name: ' B' },
  { size: 1024, name: ' KiB' },
  { size: 1024 ** 2, name: ' MiB' },
  { size: 1024 ** 3, name: ' GiB' },
];
const COUNT: readonly Unit[] = [
  { size: 1, name: '' },
  { size: 1e6, name: ' M' },
  { size: 1e9, name: ' G' },
];
const BIT_RATE: readonly Unit[] = [
  { size: 1, name: ' bit/s' },
  { size: 1e3, name: ' kbit/s' },
  { size: 1e6, name: ' Mbit/s' },
  { size: 1e9, name: ' Gbit/s' },
];

/** A duration given in µs, three significant digits: `1.23 µs`, `45.6 ms`, `7.89 s`. */
export function formatMicros(micros: number | null): string {
  return inUnits(micros, TIME);
}

/** A measured count or rate, three significant digits: `87`, `1,230`, `99,800`, `3.06 M`. */
export function formatCount(value: number | null): string {
  if (value !== null && Number.isInteger(value) && Math.abs(value) < 1000) return String(value);
  return inUnits(value, COUNT);
}

/**
 * A count or rate that somebody asked for, never rounded: `1,234`, `0.5`, `4 M`. Names of loads are
 * made of it, and two settings must not share one.
 */
export function formatSetting(value: number): string {
  const short = trimmed(inUnits(value, COUNT));
  const isWhole = Math.abs(value) >= 1e6 && roundSignificant(value / 1e6) === value / 1e6;
  return isWhole ? short : grouped(String(value));
}

/** A rate given in bit/s, three significant digits, by powers of 1000: `12.5 Mbit/s`. */
export function formatBitRate(bitsPerSecond: number | null): string {
  return inUnits(bitsPerSecond, BIT_RATE);
}

/**
 * Every digit, grouped in threes: `2,998,877`. For counts that must add up. Fractions are rounded
 * away.
 */
export function formatInteger(value: number | null): string {
  return value === null ? MISSING : grouped(value.toFixed(0));
}

/** Bytes by powers of 1024; a whole number below 1 KiB is exact. */
export function formatBytes(bytes: number | null): string {
  if (bytes !== null && Number.isInteger(bytes) && Math.abs(bytes) < 1024)
    return `${grouped(String(bytes))} B`;
  return inUnits(bytes, BYTES);
}

/** The same with what it is uncertain by: `8.79 KiB ± 640 B`. */
export function formatBytesWithin(bytes: number | null, error: number | null): string {
  const text = formatBytes(bytes);
  return bytes === null || error === null ? text : `${text} ± ${formatBytes(error)}`;
}

/** A size that somebody asked for, never rounded: `64 B`, `1,500 B`, `4 KiB`. */
export function formatByteSetting(bytes: number): string {
  const whole = BYTES.findLast(({ size }) => bytes >= size && bytes % size === 0) ?? BYTES[0]!;
  return grouped(String(bytes / whole.size)) + whole.name;
}

const BY_UNIT: Readonly<Record<MetricUnit, (value: number | null) => string>> = {
  us: formatMicros,
  cpu_us: formatMicros,
  share: formatPercent,
  per_s: (value) => (value === null ? MISSING : `${formatCount(value)}/s`),
  messages: formatInteger,
  bytes: formatBytes,
};

/** A figure of a metric in its unit. */
export function formatFigure(unit: MetricUnit, value: number | null): string {
  return BY_UNIT[unit](value);
}

/** A factor: `1.26×`. */
export function formatRatio(ratio: number | null): string {
  return ratio === null ? MISSING : `${significant(ratio)}×`;
}

/**
 * A share from 0 to 1 as a percentage. Only exactly 0 prints as 0 % and only exactly 1 as 100 %.
 */
export function formatPercent(share: number | null): string {
  if (share === null) return MISSING;
  const percent = share * 100;
  if (share === 0 || share === 1) return `${percent} %`;
  const toEnd = Math.min(Math.abs(percent), Math.abs(100 - percent));
  if (toEnd < 0.001)
    return share < 0 ? '>−0.001 %' : share < 0.5 ? '<0.001 %' : share < 1 ? '>99.999 %' : '>100 %';
  return `${percent.toFixed(toEnd < 0.1 ? 3 : toEnd < 10 ? 2 : 1)} %`;
}

/** A figure and the ends of its interval: `15.2 ms (14.1 to 16.3 ms)`. */
export function formatInterval(
  median: number,
  interval: Interval | null,
  format: (value: number) => string,
): string {
  if (interval === null) return format(median);
  return `${format(median)} (${formatRange(interval, format)})`;
}

/** Both ends, the unit said once where it is the same: `14.1 to 16.3 ms`, `990 µs to 1.02 ms`. */
export function formatRange({ low, high }: Interval, format: (value: number) => string): string {
  const [from, to] = [format(low), format(high)];
  const unit = unitOf(to);
  return `${unitOf(from) === unit ? from.slice(0, from.length - unit.length) : from} to ${to}`;
}

interface Interval {
  readonly low: number;
  readonly high: number;
}

function unitOf(text: string): string {
  return /[^\d.]*$/.exec(text)![0];
}

/** A duration given in seconds: `10 s`, `0.5 s`. */
export function formatSeconds(seconds: number): string {
  return `${grouped(trimZeros(seconds.toFixed(3)))} s`;
}

/** Axis ticks: like the others, without the zeros that carry nothing (`1 ms`, `2.5 M`). */
export function trimmed(text: string): string {
  const match = /^(-?[\d.,]+)(.*)$/.exec(text);
  return match === null ? text : trimZeros(match[1]!) + match[2]!;
}

function trimZeros(digits: string): string {
  return digits.includes('.') ? digits.replace(/\.?0+$/, '') : digits;
}

/** Thousands of the whole part apart: `12,345.5`. */
function grouped(digits: string): string {
  const [whole, ...fraction] = digits.split('.');
  return [whole!.replace(/\B(?=(\d{3})+$)/g, ','), ...fraction].join('.');
}

/** The unit is chosen after rounding, so 999.7 µs is `1.00 ms` and never `1000 µs`. */
function inUnits(value: number | null, units: readonly Unit[]): string {
  if (value === null) return MISSING;
  if (value === 0) return `0${units[0]!.name}`;
  let unit = units[0]!;
  for (const next of units) {
    const rounded = Math.abs(roundSignificant(value / unit.size)) * unit.size;
    if (Math.max(rounded, Math.abs(value)) >= next.size) unit = next;
  }
  return significant(value / unit.size) + unit.name;
}

function roundSignificant(value: number): number {
  return Number(value.toPrecision(3));
}

/**
 * Three significant digits without an exponent, at most three decimals; what is smaller still says
 * so.
 */
function significant(value: number): string {
  if (value === 0) return '0';
  const rounded = Math.abs(roundSignificant(value));
  if (rounded < 0.001) return value < 0 ? '>−0.001' : '<0.001';
  const decimals = rounded >= 100 ? 0 : rounded >= 10 ? 1 : rounded >= 1 ? 2 : 3;
  return grouped(roundSignificant(value).toFixed(decimals));
}
