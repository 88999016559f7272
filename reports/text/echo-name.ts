import type { EchoRoundTrip } from '../../bench/result/result.js';

/** `TCP echo (native)`: an echo and what moved its bytes, where it was measured. */
export function echoName(transport: 'TCP' | 'UDP', { via }: EchoRoundTrip): string {
  return via === null ? `${transport} echo` : `${transport} echo (${via})`;
}
