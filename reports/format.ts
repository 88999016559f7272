/**
 * Numbers as people read them. Locale-free and deterministic: the same number is always the same
 * text, a value that is not there is "–", and a figure that is nearly zero or nearly all is never
 * rounded to "none" or "all".
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
const DECIMAL: readonly Unit[] = [
  { size: 1, name: '' },
  { size: 1e3, name: 'k' },
  { size: 1e6, name: 'M' },
  { size: 1e9, name: 'G' },
];

/** A duration given in µs, three significant digits: `1.23 µs`, `45.6 ms`, `7.89 s`. */
export function formatMicros(micros: number | null): string {
  return inUnits(micros, TIME);
}

/** CPU time per message, µs. It stays in µs so that a column can be compared at a glance. */
export function formatCpuMicros(micros: number | null): string {
  return micros === null ? MISSING : `${significant(micros)} µs`;
}

/** A count or a rate, three significant digits above 999: `87`, `1.20k`, `3.06M`. */
export function formatCount(value: number | null): string {
  if (value !== null && Number.isInteger(value) && Math.abs(value) < 1000) return String(value);
  return inUnits(value, DECIMAL);
}

/** Every digit, grouped in threes: `2,998,877`. Fractions are rounded away. */
export function formatInteger(value: number | null): string {
  return value === null ? MISSING : value.toFixed(0).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** Bytes by powers of 1024; a whole number below 1 KiB is exact. */
export function formatBytes(bytes: number | null): string {
  if (bytes !== null && Number.isInteger(bytes) && Math.abs(bytes) < 1024) return `${bytes} B`;
  return inUnits(bytes, BYTES);
}

/** The same with what it is uncertain by: `8.79 KiB ± 640 B`. */
export function formatBytesWithin(bytes: number | null, error: number | null): string {
  const text = formatBytes(bytes);
  return bytes === null || error === null ? text : `${text} ± ${formatBytes(error)}`;
}

const BY_UNIT: Readonly<Record<MetricUnit, (value: number | null) => string>> = {
  us: formatMicros,
  cpu_us: formatCpuMicros,
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

/**
 * A figure and the ends of its interval: `15.2 ms [14.1, 16.3]`; the unit is said once where it is
 * the same.
 */
export function formatInterval(
  median: number,
  interval: { readonly low: number; readonly high: number } | null,
  format: (value: number) => string,
): string {
  const text = format(median);
  if (interval === null) return text;
  const ends = [format(interval.low), format(interval.high)];
  const unit = unitOf(text);
  const bare = ends.every((end) => unitOf(end) === unit);
  return `${text} [${(bare ? ends.map((end) => end.slice(0, end.length - unit.length)) : ends).join(', ')}]`;
}

function unitOf(text: string): string {
  return /[^\d.]*$/.exec(text)![0];
}

/** A duration given in seconds: `10 s`, `0.5 s`. */
export function formatSeconds(seconds: number): string {
  return `${trimZeros(seconds.toFixed(3))} s`;
}

/**
 * Axis ticks and names of settings: like the others, without the zeros that carry nothing (`1 ms`,
 * `2.5k`).
 */
export function trimmed(text: string): string {
  const match = /^(-?[\d.]+)(.*)$/.exec(text);
  return match === null ? text : trimZeros(match[1]!) + match[2]!;
}

function trimZeros(digits: string): string {
  return digits.includes('.') ? digits.replace(/\.?0+$/, '') : digits;
}

/** The unit is chosen after rounding, so 999.7 µs is `1.00 ms` and never `1000 µs`. */
function inUnits(value: number | null, units: readonly Unit[]): string {
  if (value === null) return MISSING;
  if (value === 0) return `0${units[0]!.name}`;
  let unit = units[0]!;
  for (const next of units) {
    if (Math.abs(roundSignificant(value / unit.size)) * unit.size >= next.size) unit = next;
  }
  return significant(value / unit.size) + unit.name;
}

function roundSignificant(value: number): number {
  return Math.abs(value) >= 1000 ? Math.round(value) : Number(value.toPrecision(3));
}

/**
 * Three significant digits without an exponent, at most three decimals; what is smaller still says
 * so.
 */
function significant(value: number): string {
  if (value === 0) return '0';
  const rounded = Math.abs(roundSignificant(value));
  if (rounded < 0.001) return value < 0 ? '>−0.001' : '<0.001';
  return roundSignificant(value).toFixed(
    rounded >= 100 ? 0 : rounded >= 10 ? 1 : rounded >= 1 ? 2 : 3,
  );
}
