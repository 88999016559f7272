/** Why something upstream went wrong; the names that `SourceStats.upstreamErrors` has for them. */
const KINDS = [
  // Of a call.
  'network',
  'timeout',
  'unauthorized',
  'forbidden',
  'rate_limited',
  'server',
  'status',
  'malformed',
  'proxy',
  'unknown_symbol',
  'unsupported',
  'error_message',
  // Of the stream.
  'stream_refused',
  'stream_lost',
  'stream_silent',
  'stream_error',
  'stream_malformed',
  'stream_unasked',
] as const;

export type UpstreamError = (typeof KINDS)[number];

/** What happened upstream. Everything only grows; times are µs since the Unix epoch. */
export class Counters {
  calls = 0;
  reconnects = 0;
  outdated = 0;
  lastGoodAt: number | null = null;
  lastItemAt: number | null = null;
  readonly errors: Record<UpstreamError, number> = Object.fromEntries(
    KINDS.map((kind) => [kind, 0]),
  ) as Record<UpstreamError, number>;

  error(kind: UpstreamError, times = 1): void {
    this.errors[kind] += times;
  }
}
