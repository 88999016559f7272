/** What all verdict reasons are made with. Pure. */
import type { VerdictReason } from '../result/result.js';

export function invalid(code: string, message: string, hint: string): VerdictReason {
  return { code, severity: 'INVALID', message, hint };
}

export function suspect(code: string, message: string, hint: string): VerdictReason {
  return { code, severity: 'SUSPECT', message, hint };
}

/** Three significant digits, as in every report: `420 µs`, `15.2 ms`, `1.21 s`. */
export function duration(micros: number): string {
  if (micros === 0) return '0 µs';
  const size = Math.abs(micros);
  if (size < 999.5) return `${digits(micros)} µs`;
  return size < 999_500 ? `${digits(micros / 1e3)} ms` : `${digits(micros / 1e6)} s`;
}

/** `12.3 %`. */
export function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

function digits(value: number): string {
  const rounded = Number(value.toPrecision(3));
  const size = Math.abs(rounded);
  return rounded.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2).replace(/\B(?=(\d{3})+$)/, ',');
}
