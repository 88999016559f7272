/** Values as the texts that `values.ts` reads back, and their units. Pure. */

export interface Unit {
  readonly suffix: string;
  readonly factor: number;
}

/** Counts and rates: k = 1000, M = 1,000,000. */
export const DECIMAL: readonly Unit[] = [
  { suffix: 'M', factor: 1_000_000 },
  { suffix: 'k', factor: 1_000 },
  { suffix: '', factor: 1 },
];

/** Bytes: k = 1024, M = 1,048,576. */
export const BINARY: readonly Unit[] = [
  { suffix: 'M', factor: 1024 * 1024 },
  { suffix: 'k', factor: 1024 },
  { suffix: '', factor: 1 },
];

export const TIME: readonly Unit[] = [
  { suffix: 'h', factor: 3_600_000 },
  { suffix: 'm', factor: 60_000 },
  { suffix: 's', factor: 1_000 },
  { suffix: 'ms', factor: 1 },
];

/** The same and microseconds, in microseconds. */
export const FINE_TIME: readonly Unit[] = [
  ...TIME.map(({ suffix, factor }) => ({ suffix, factor: factor * 1_000 })),
  { suffix: 'us', factor: 1 },
];

/** Bits a second, as tc writes them: powers of 1000. */
export const BIT_RATE: readonly Unit[] = [
  { suffix: 'gbit', factor: 1_000_000_000 },
  { suffix: 'mbit', factor: 1_000_000 },
  { suffix: 'kbit', factor: 1_000 },
  { suffix: 'bit', factor: 1 },
];

/** The shortest text that `parseCount` reads back as the same number. */
export function countText(value: number): string {
  return shortest(value, DECIMAL);
}

/** The shortest text that `parseBytes` reads back as the same number. */
export function bytesText(value: number): string {
  return shortest(value, BINARY);
}

/** The text that `parseDuration` reads back as the same milliseconds: `1m30s`. */
export function durationText(ms: number): string {
  return composed(ms, TIME);
}

/** The text that `parseMicros` reads back as the same microseconds: `42ms500us`. */
export function microsText(micros: number): string {
  return composed(micros, FINE_TIME);
}

/** The shortest text that `parseBitRate` reads back as the same bits a second: `1.6mbit`. */
export function bitRateText(bitsPerSecond: number): string {
  const fits = BIT_RATE.find(({ factor }) => bitsPerSecond >= factor) ?? BIT_RATE.at(-1)!;
  return `${Number((bitsPerSecond / fits.factor).toPrecision(15))}${fits.suffix}`;
}

/** A whole number for people, every digit, in threes: `4,194,304`. */
export function groupedText(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** The text that `parsePercent` reads back as the same share. */
export function percentText(share: number): string {
  return `${Number((share * 100).toPrecision(12))}%`;
}

function composed(value: number, units: readonly Unit[]): string {
  let rest = value;
  let text = '';
  for (const { suffix, factor } of units) {
    const whole = Math.floor(rest / factor);
    if (whole > 0) text += `${whole}${suffix}`;
    rest -= whole * factor;
  }
  return text === '' ? '0s' : text;
}

function shortest(value: number, units: readonly Unit[]): string {
  const unit = value === 0 ? undefined : units.find(({ factor }) => value % factor === 0);
  return unit === undefined ? String(value) : `${value / unit.factor}${unit.suffix}`;
}
