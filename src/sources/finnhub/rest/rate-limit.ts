type Header = string | string[] | undefined;

/**
 * Finnhub's window is a minute. A header that says much more is a mistake, and must not silence the
 * feed for ever.
 */
const MOST_MS = 300_000;

/**
 * How long an answer asks to wait before the next call, ms, at most 5 minutes; undefined when it
 * does not. `Retry-After` counts always (seconds or a date, RFC 9110 §10.2.3), `X-Ratelimit-Reset`
 * (seconds since 1970) when the answer is a 429 or `X-Ratelimit-Remaining` is 0. Dates are compared
 * with the answer's own `Date`, so that a wrong clock here does not matter.
 * @param now µs since the Unix epoch
 */
export function limitWaitMs(
  status: number,
  headers: Readonly<Record<string, Header>>,
  now: number,
): number | undefined {
  const sent = Date.parse(text(headers.date));
  const upstreamNow = Number.isNaN(sent) ? now / 1_000 : sent;
  const exhausted = status === 429 || integer(headers['x-ratelimit-remaining']) === 0;
  const waits = [
    exhausted ? integer(headers['x-ratelimit-reset']) * 1_000 - upstreamNow : Number.NaN,
    retryAfterMs(text(headers['retry-after']), upstreamNow),
  ];
  const longest = Math.max(...waits.filter((wait) => wait > 0));
  return longest > 0 ? Math.min(MOST_MS, Math.ceil(longest)) : undefined;
}

function retryAfterMs(value: string, upstreamNow: number): number {
  return /^\d+$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - upstreamNow;
}

/** NaN for anything but digits. */
function integer(header: Header): number {
  const value = text(header);
  return /^\d+$/.test(value) ? Number(value) : Number.NaN;
}

function text(header: Header): string {
  return typeof header === 'string' ? header.trim() : '';
}
