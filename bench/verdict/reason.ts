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
  const size = Math.abs(value);
  return value.toFixed(size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2);
}
