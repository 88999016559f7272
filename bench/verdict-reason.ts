/** What all verdict reasons are made with. Pure. */
import type { VerdictReason } from './result.js';

export function invalid(code: string, message: string, hint: string): VerdictReason {
  return { code, severity: 'INVALID', message, hint };
}

export function suspect(code: string, message: string, hint: string): VerdictReason {
  return { code, severity: 'SUSPECT', message, hint };
}

export function ms(micros: number): string {
  return `${(micros / 1_000).toFixed(2)} ms`;
}
