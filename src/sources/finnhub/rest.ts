import { request } from 'undici';
import type { Clock } from '../../core/clock.js';
import type { UpstreamError } from './counters.js';
import type { Endpoints } from './endpoints.js';
import { parseQuote, type Quote } from './messages.js';
import { limitWaitMs } from './rate-limit.js';
import { Wire } from './wire.js';

/** What came of one call. `waitMs`: upstream asks for no other call for so long. */
export interface Answer {
  readonly result: Quote | UpstreamError;
  readonly waitMs?: number | undefined;
}

interface RestSettings {
  readonly key: string;
  readonly endpoints: Endpoints;
  readonly clock: Clock;
  /** Longest time of a call, from the name look-up to the last byte. */
  readonly timeoutMs: number;
}

/** Asks for quotes. The key travels in a header, so it is in no URL and in nothing that names one. */
export class QuoteClient {
  readonly #settings: RestSettings;
  readonly #wire: Wire;
  readonly #underWay = new Set<AbortController>();

  constructor(settings: RestSettings) {
    this.#settings = settings;
    this.#wire = new Wire(settings.timeoutMs);
  }

  /** One call. Never rejects: whatever goes wrong is a result. */
  async ask(symbol: string): Promise<Answer> {
    const { clock, timeoutMs } = this.#settings;
    const abort = new AbortController();
    let late = false;
    const timer = clock.setTimeout(() => {
      late = true;
      abort.abort();
    }, timeoutMs);
    this.#underWay.add(abort);
    try {
      return await this.#call(symbol, abort.signal);
    } catch (error) {
      return { result: late ? 'timeout' : failureOf(error) };
    } finally {
      timer.cancel();
      this.#underWay.delete(abort);
    }
  }

  /** Ends calls under way and lets go of every connection. */
  async close(): Promise<void> {
    for (const abort of this.#underWay) abort.abort();
    await this.#wire.destroy();
  }

  async #call(symbol: string, signal: AbortSignal): Promise<Answer> {
    const { key, endpoints, clock } = this.#settings;
    const { statusCode, headers, body } = await request(endpoints.quote(symbol), {
      dispatcher: this.#wire.agent,
      headers: { 'X-Finnhub-Token': key, Accept: 'application/json' },
      signal,
    });
    const waitMs = limitWaitMs(statusCode, headers, clock.now());
    if (statusCode !== 200) {
      // Unread, it would keep its connection busy.
      await body.dump();
      return { result: errorOf(statusCode), waitMs };
    }
    const quote = parseQuote(await body.text());
    if (quote === undefined) return { result: 'malformed', waitMs };
    return { result: quote === 'unknown' ? 'unknown_symbol' : quote, waitMs };
  }
}

/** A redirect is followed nowhere: it would take the key along. */
function errorOf(status: number): UpstreamError {
  if (status === 401) return 'unauthorized';
  if (status === 403) return 'forbidden';
  if (status === 429) return 'rate_limited';
  return status >= 500 ? 'server' : 'status';
}

function failureOf(error: unknown): UpstreamError {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'UND_ERR_CONNECT_TIMEOUT') return 'timeout';
  // Longer than any quote: whatever it is, it is not one.
  return code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE' ? 'malformed' : 'network';
}
