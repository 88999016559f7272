import type { Clock } from '../../core/clock.js';
import { LabError } from '../../errors.js';
import { isJsonObject, jsonBytes, Padder } from '../pad.js';
import type { Source, SourceItem, SourceStats } from '../source.js';
import { Board } from './board.js';
import { Counters, type UpstreamError } from './counters.js';
import type { Endpoints } from './endpoints.js';
import { keyError } from './key.js';
import type { FinnhubLimits } from './limits.js';
import { isAboutSymbol, MissingSymbols } from './missing.js';
import type { Proxies } from './proxies.js';
import { ItemQueue } from './queue.js';
import { Pacer } from './rest/pacer.js';
import { Poller } from './rest/poller.js';
import { type Answer, QuoteClient } from './rest/rest.js';
import type { Trade } from './stream/messages.js';
import { TradeStream } from './stream/stream.js';
import type { Wanted } from './symbols.js';

const ROUNDS_UNTIL_STALE = 3;

interface FinnhubSettings {
  readonly wanted: Wanted;
  readonly key: string;
  readonly endpoints: Endpoints;
  readonly proxies?: Proxies | undefined;
  /** Told once of each symbol that cannot be had. */
  readonly onNotice?: ((notice: string) => void) | undefined;
  readonly clock: Clock;
  readonly limits: FinnhubLimits;
  readonly sizeBytes: number;
  readonly seed: number;
}

/** All that can be said of an upstream. */
export type UpstreamStats = Required<Omit<SourceStats, 'items' | 'skipped'>>;

/**
 * Quotes and trades of some symbols as they come: it decides which of stream and polling is to be
 * believed, and when all is lost.
 */
export class FinnhubSource implements Source {
  readonly name = 'finnhub';
  readonly deterministic = false;
  readonly #wanted: Wanted;
  readonly #clock: Clock;
  readonly #counters = new Counters();
  readonly #queue: ItemQueue;
  readonly #padder: Padder;
  readonly #padded: boolean;
  readonly #pacer: Pacer;
  readonly #client: QuoteClient;
  readonly #board: Board;
  readonly #poller: Poller;
  readonly #stream: TradeStream | undefined;
  readonly #missing: MissingSymbols;
  #failure: LabError | undefined;
  #closing: Promise<void> | undefined;
  #tellFirst: () => void = () => {};

  /** Begins nothing: see `open`. */
  constructor(settings: FinnhubSettings) {
    const { wanted, key, endpoints, proxies, clock, limits, sizeBytes, seed } = settings;
    const { symbols, mode } = wanted;
    const { backoff, timeoutMs, silenceMs } = limits;
    this.#wanted = wanted;
    this.#missing = new MissingSymbols(symbols.length, settings.onNotice ?? (() => {}));
    this.#clock = clock;
    this.#queue = new ItemQueue(limits.queueItems);
    this.#padder = new Padder(sizeBytes, seed);
    this.#padded = sizeBytes > 0;
    this.#pacer = new Pacer(symbols.length, limits.roundMs, limits.callsPerMinute);
    this.#client = new QuoteClient({ key, endpoints, proxies, clock, timeoutMs });
    const counters = this.#counters;
    const threeRoundsMs = (ROUNDS_UNTIL_STALE * symbols.length * this.#pacer.evenMicros) / 1_000;
    this.#board = new Board({
      symbols,
      clock,
      counters,
      staleMs: Math.max(limits.staleMs, threeRoundsMs),
      publish: (item) => this.#publish(item),
    });
    this.#poller = new Poller({
      symbols,
      clock,
      pacer: this.#pacer,
      backoff,
      ask: (symbol) => {
        counters.calls += 1;
        return this.#client.ask(symbol);
      },
      onAnswer: (symbol, answer, askedAt) => this.#onAnswer(symbol, answer, askedAt),
    });
    this.#stream =
      mode === 'rest'
        ? undefined
        : new TradeStream({
            key,
            endpoints,
            symbols,
            proxies,
            clock,
            backoff,
            counters,
            timeoutMs,
            silenceMs,
            onUp: () => this.#onUp(),
            onTrade: (trade) => this.#onTrade(trade),
            onDoubt: (symbol) => this.#onDoubt(symbol),
            onDown: (lastReceivedAt) => this.#onDown(lastReceivedAt),
          });
  }

  /**
   * Begins, and waits for the first answer that tells whether the key is good: a key that is
   * refused, or a lone symbol that nobody knows, fails here. Whatever time may fix does not.
   * @throws LAB_ERR_SOURCE_KEY, LAB_ERR_SOURCE_EMPTY
   */
  async open(): Promise<void> {
    const first = new Promise<void>((resolve) => {
      this.#tellFirst = resolve;
    });
    this.#poller.rounds();
    await first;
    if (this.#failure !== undefined) {
      await this.close();
      throw this.#failure;
    }
    this.#stream?.start();
  }

  [Symbol.asyncIterator](): AsyncIterator<SourceItem> {
    return { next: () => this.#queue.next() };
  }

  readonly stats = (): UpstreamStats => {
    const { calls, errors, reconnects, outdated, lastGoodAt, lastItemAt } = this.#counters;
    return {
      streaming: this.#stream?.up ?? false,
      upstreamCalls: calls,
      upstreamErrors: { ...errors },
      reconnects,
      rateLimitWaits: this.#pacer.waits,
      outdated,
      dropped: this.#queue.dropped,
      stale: this.#board.stale,
      missing: this.#missing.symbols,
      lastGoodAt,
      lastItemAt,
    };
  };

  close(): Promise<void> {
    this.#queue.end();
    this.#tellFirst();
    return this.#stop();
  }

  #stop(): Promise<void> {
    this.#closing ??= this.#release();
    return this.#closing;
  }

  async #release(): Promise<void> {
    this.#poller.stop();
    this.#board.close();
    await Promise.all([this.#client.close(), this.#stream?.stop()]);
  }

  #publish(item: SourceItem): void {
    this.#counters.lastItemAt = Math.floor(this.#clock.now());
    const { value } = item;
    const padded =
      this.#padded && isJsonObject(value)
        ? { ...item, value: this.#padder.pad(value, jsonBytes(value)) }
        : item;
    this.#queue.push(padded);
  }

  #onAnswer(symbol: string, { result, aboutKey = false }: Answer, askedAt: number): void {
    if (typeof result === 'object') {
      this.#missing.delete(symbol);
      this.#board.quote(symbol, result, askedAt);
    } else {
      this.#counters.error(result);
      if (result === 'unauthorized' && !this.#missing.admitted) {
        this.#refuse(symbol, aboutKey);
        return;
      }
      if (isAboutSymbol(result)) this.#miss(symbol, result);
    }
    if (typeof result === 'object' || result === 'unknown_symbol' || result === 'unsupported') {
      this.#missing.admit();
    }
    this.#tellFirst();
  }

  #refuse(symbol: string, aboutKey: boolean): void {
    if (!this.#missing.refuse(symbol, aboutKey)) return;
    this.#fail(keyError('source finnhub: Finnhub refuses the API key (401)', 'source'));
    this.#tellFirst();
  }

  #miss(symbol: string, result: UpstreamError): void {
    this.#missing.add(symbol, result);
    if (!this.#missing.all || this.#board.begun) return;
    const { symbols } = this.#wanted;
    const why =
      result === 'forbidden' || result === 'unauthorized' ? 'gives this key none' : 'knows none';
    const named = `${symbols.slice(0, 5).join(', ')}${symbols.length > 5 ? ', …' : ''}`;
    this.#fail(
      new LabError(
        'LAB_ERR_SOURCE_EMPTY',
        `source finnhub: Finnhub ${why} of the symbols ${named}`,
        {
          option: 'source',
          hint: 'look symbols up at https://finnhub.io, and see what your plan includes',
        },
      ),
    );
  }

  /** All is lost: what is queued is still given out. */
  #fail(error: LabError): void {
    this.#failure = error;
    this.#queue.fail(error);
    void this.#stop();
  }

  #onUp(): void {
    this.#board.cover(true, this.#clock.now());
    // What was traded while nobody listened: one more look at each.
    this.#poller.snapshot();
  }

  #onTrade(trade: Trade): boolean {
    if (!this.#board.trade(trade)) return false;
    this.#missing.delete(trade.symbol);
    return true;
  }

  /**
   * The stream may lack symbols: polled as well, none does, for as long as this connection lasts.
   */
  #onDoubt(symbol: string | undefined): void {
    if (symbol !== undefined)
      this.#missing.notice(symbol, 'the stream tells of an error with it, so it is polled');
    this.#board.cover(false, this.#clock.now());
    this.#poller.rounds();
  }

  #onDown(lastReceivedAt: number): void {
    this.#board.cover(false, lastReceivedAt);
    this.#poller.rounds();
  }
}
