/**
 * What Finnhub says, believed only after a look: https://finnhub.io/docs/api/quote and
 * /docs/api/websocket-trades.
 */
import { z } from 'zod';

/** The newest price of a symbol and its trading day. */
export interface Quote {
  /** Of the last trade, in the symbol's currency; never 0. */
  readonly price: number;
  /** Since the previous close, as Finnhub says; null when it says nothing. */
  readonly change: number | null;
  /** The same in percent. */
  readonly percent: number | null;
  readonly high: number;
  readonly low: number;
  readonly open: number;
  readonly previousClose: number;
  /** Of the last trade: µs since the Unix epoch, in whole seconds. */
  readonly time: number;
}

export interface Trade {
  readonly symbol: string;
  readonly price: number;
  readonly volume: number;
  /** µs since the Unix epoch, in whole milliseconds. */
  readonly time: number;
}

/** `malformed` are the trades in it that were none. */
export type Frame =
  | { readonly type: 'trade'; readonly trades: readonly Trade[]; readonly malformed: number }
  | { readonly type: 'ping' }
  | { readonly type: 'error'; readonly message: string };

const price = z.number();
/** Whole units since 1970 such that the microseconds fit a double exactly. */
const time = (microsPerUnit: number) =>
  z
    .int()
    .min(0)
    .max(Math.floor(Number.MAX_SAFE_INTEGER / microsPerUnit));

const quoteSchema = z.object({
  c: price,
  d: price.nullish(),
  dp: price.nullish(),
  h: price,
  l: price,
  o: price,
  pc: price,
  t: time(1_000_000),
});

const tradeSchema = z.object({
  p: price.refine((value) => value !== 0),
  s: z.string(),
  t: time(1_000),
  v: z.number().min(0),
});

const frameSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('trade'), data: z.array(z.unknown()) }),
  z.object({ type: z.literal('ping') }),
  z.object({ type: z.literal('error'), msg: z.unknown() }),
]);

/** What stands in place of a quote, and sometimes of a message of the stream: why there is none. */
const errorSchema = z.object({ error: z.string() });

/**
 * Reads the body of a quote. Undefined when it is none; 'unknown' when it is the row of zeros that
 * an unknown symbol gets.
 */
export function parseQuote(text: string): Quote | 'unknown' | undefined {
  const { data } = quoteSchema.safeParse(parseJson(text));
  if (data === undefined) return undefined;
  const { c, d, dp, h, l, o, pc, t } = data;
  if (c === 0 && t === 0) return 'unknown';
  if (c === 0 || t === 0) return undefined;
  return {
    price: c,
    change: d ?? null,
    percent: dp ?? null,
    high: h,
    low: l,
    open: o,
    previousClose: pc,
    time: t * 1_000_000,
  };
}

/** The text of `{"error":"…"}`; undefined when the body is something else. */
export function parseError(text: string): string | undefined {
  return errorSchema.safeParse(parseJson(text)).data?.error;
}

/**
 * Reads one message of the stream; undefined when it is none. A bad trade costs the others of its
 * message nothing.
 */
export function parseFrame(text: string): Frame | undefined {
  const json = parseJson(text);
  const { data: frame } = frameSchema.safeParse(json);
  if (frame?.type === 'error') {
    return { type: 'error', message: typeof frame.msg === 'string' ? frame.msg : '' };
  }
  if (frame === undefined) {
    const message = errorSchema.safeParse(json).data?.error;
    return message === undefined ? undefined : { type: 'error', message };
  }
  if (frame.type !== 'trade') return frame;
  const parsed = frame.data.map((trade) => tradeSchema.safeParse(trade).data);
  const trades = parsed
    .filter((trade) => trade !== undefined)
    .map(({ p, s, t, v }) => ({ symbol: s, price: p, volume: v, time: t * 1_000 }));
  return { type: 'trade', trades, malformed: parsed.length - trades.length };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
