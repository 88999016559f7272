import { request } from 'undici';
import type { Clock } from '../../../core/clock.js';
import type { UpstreamError } from '../counters.js';
import type { Endpoints } from '../endpoints.js';
import type { Proxies } from '../proxies.js';
import { parseError, parseQuote, type Quote } from '../stream/messages.js';
import { Wire } from '../wire.js';
import { limitWaitMs } from './rate-limit.js';

/** What came of one call. `waitMs`: upstream asks for no other call for so long. */
export interface Answer {
  readonly result: Quote | UpstreamError;
  readonly waitMs?: number | undefined;
  /** Its words are about the key. */
  readonly aboutKey?: boolean;
}

interface RestSettings {
  readonly key: string;
  readonly endpoints: Endpoints;
  readonly proxies?: Proxies | undefined;
  readonly clock: Clock;
  /** Longest time of a call, from the name look-up to the last byte. */
  readonly timeoutMs: number;
}

/**
 * Asks for quotes. The key travels in a header, so it is in no URL and in nothing that names one.
 */
export class QuoteClient {
  readonly #settings: RestSettings;
  readonly #wire: Wire;
  readonly #underWay = new Set<AbortController>();

  constructor(settings: RestSettings) {
    this.#settings = settings;
    this.#wire = new Wire(settings.timeoutMs, settings.proxies);
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
    // Read to its end whatever it is: unread, it would keep its connection busy.
    const text = await body.text();
    const quote = statusCode === 200 ? parseQuote(text) : undefined;
    if (quote !== undefined)
      return { result: quote === 'unknown' ? 'unknown_symbol' : quote, waitMs };
    const words = parseError(text) ?? '';
    return { result: errorOf(statusCode, words), waitMs, aboutKey: ABOUT_KEY.test(words) };
  }
}

const ABOUT_KEY = /\b(api[ _-]?key|token)\b/i;

/** A redirect is followed nowhere: it would take the key along. */
function errorOf(status: number, words: string): UpstreamError {
  if (status === 401) return 'unauthorized';
  if (status === 403) return 'forbidden';
  if (status === 429) return 'rate_limited';
  if (status >= 500) return 'server';
  if (words !== '' && (status === 200 || status >= 400)) return errorIn(words);
  return status === 200 ? 'malformed' : 'status';
}

/** What an error is about that comes without a status that says so. */
function errorIn(words: string): UpstreamError {
  if (/not (been )?(supported|found)|unsupported|(invalid|unknown) symbol/i.test(words))
    return 'unsupported';
  if (ABOUT_KEY.test(words)) return 'unauthorized';
  if (/\b(access|plan|premium|subscri\w+|permi\w+)\b/i.test(words)) return 'forbidden';
  return /\blimit/i.test(words) ? 'rate_limited' : 'error_message';
}

function failureOf(error: unknown): UpstreamError {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'UND_ERR_CONNECT_TIMEOUT') return 'timeout';
  if (error instanceof Error && /^Proxy /.test(error.message)) return 'proxy';
  // Longer than any quote: whatever it is, it is not one.
  return code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE' ? 'malformed' : 'network';
}
