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
  let rest = ms;
  let text = '';
  for (const { suffix, factor } of TIME) {
    const whole = Math.floor(rest / factor);
    if (whole > 0) text += `${whole}${suffix}`;
    rest -= whole * factor;
  }
  return text === '' ? '0s' : text;
}

/** The text that `parsePercent` reads back as the same share. */
export function percentText(share: number): string {
  return `${Number((share * 100).toPrecision(12))}%`;
}

function shortest(value: number, units: readonly Unit[]): string {
  const unit = value === 0 ? undefined : units.find(({ factor }) => value % factor === 0);
  return unit === undefined ? String(value) : `${value / unit.factor}${unit.suffix}`;
}
