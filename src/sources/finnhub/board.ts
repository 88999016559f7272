import type { Clock, Timer } from '../../core/clock.js';
import type { JsonValue } from '../../core/message.js';
import type { SourceItem } from '../source.js';
import type { Counters } from './counters.js';
import type { Quote, Trade } from './stream/messages.js';

/**
 * After this, µs, a quote has caught up with the trades of the stream: its time is in whole
 * seconds, and does not tell.
 */
const SETTLE_MICROS = 5_000_000;

type Value = { readonly [key: string]: JsonValue };

interface BoardSettings {
  readonly symbols: readonly string[];
  readonly clock: Clock;
  readonly counters: Counters;
  /** A symbol of which nothing good was heard for this long is marked. */
  readonly staleMs: number;
  readonly publish: (item: SourceItem) => void;
}

/** What is known of a symbol. Times are µs since the Unix epoch. */
interface Row {
  readonly symbol: string;
  /** As published last, without mark; undefined until then. */
  value: Value | undefined;
  price: number;
  /** Of the newest quote or trade published. */
  time: number;
  /** Of the newest quote published, in whole seconds. */
  quoteTime: number;
  /** When upstream last vouched for it. */
  goodAt: number;
  /** When its newest trade came in. */
  tradedAt: number;
  stale: boolean;
}

/**
 * What is published of each symbol, and when: news, and once a mark when there is none for too
 * long.
 *
 * While the stream covers the symbols its silence means that nothing was traded, and nothing goes
 * stale.
 */
export class Board {
  readonly #settings: BoardSettings;
  readonly #rows: ReadonlyMap<string, Row>;
  #covered = false;
  #timer: Timer | undefined;
  #closed = false;

  constructor(settings: BoardSettings) {
    this.#settings = settings;
    this.#rows = new Map(
      settings.symbols.map((symbol) => [
        symbol,
        {
          symbol,
          value: undefined,
          price: 0,
          time: 0,
          quoteTime: 0,
          goodAt: 0,
          tradedAt: 0,
          stale: false,
        },
      ]),
    );
  }

  /** Symbols that are marked now. */
  get stale(): number {
    let count = 0;
    for (const { stale } of this.#rows.values()) if (stale) count += 1;
    return count;
  }

  /** True when something was ever published. */
  get begun(): boolean {
    return [...this.#rows.values()].some(({ value }) => value !== undefined);
  }

  /**
   * A quote that was asked for at `askedAt`. Published when price or time are new, or to take back
   * a mark; not when it is older than what was published, or may be: a trade came in while it was
   * under way, or just before and in the same second.
   */
  quote(symbol: string, quote: Quote, askedAt: number): void {
    const row = this.#rows.get(symbol);
    if (row === undefined) return;
    this.#good(row);
    const second = Math.floor(row.time / 1e6) * 1e6;
    if (
      quote.time < second ||
      row.tradedAt >= (quote.time === second ? askedAt - SETTLE_MICROS : askedAt)
    ) {
      this.#settings.counters.outdated += 1;
      this.#unmark(row);
    } else if (row.value !== undefined && quote.price === row.price && quote.time === second) {
      this.#unmark(row);
    } else {
      row.quoteTime = quote.time;
      this.#publish(row, { ...quote }, quote);
    }
  }

  /**
   * A trade of the stream; false when nobody asked for its symbol. Every one is published, but for
   * those older than a quote that was.
   */
  trade({ symbol, price, volume, time }: Trade): boolean {
    const row = this.#rows.get(symbol);
    if (row === undefined) return false;
    this.#good(row);
    row.tradedAt = row.goodAt;
    if (time >= row.quoteTime) this.#publish(row, { price, volume, time }, { price, time });
    else this.#settings.counters.outdated += 1;
    return true;
  }

  /**
   * The stream begins or ceases to vouch for all symbols; it was last heard at `lastReceivedAt`,
   * µs.
   */
  cover(covered: boolean, lastReceivedAt: number): void {
    if (this.#covered && !covered) {
      for (const row of this.#rows.values()) row.goodAt = Math.max(row.goodAt, lastReceivedAt);
    }
    this.#covered = covered;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#arm();
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
  }

  #good(row: Row): void {
    const { clock, counters } = this.#settings;
    row.goodAt = clock.now();
    counters.lastGoodAt = Math.floor(row.goodAt);
  }

  /** Upstream is well again, but has no news: what is known stands, without the mark. */
  #unmark(row: Row): void {
    if (row.stale && row.value !== undefined) this.#publish(row, row.value, row);
  }

  #publish(
    row: Row,
    value: Value,
    { price, time }: { readonly price: number; readonly time: number },
  ): void {
    row.value = value;
    row.price = price;
    row.time = Math.max(row.time, time);
    row.stale = false;
    this.#settings.publish({ key: row.symbol, value, time });
    this.#arm();
  }

  /** One timer for all: at the earliest time at which a symbol could go stale. */
  #arm(): void {
    if (this.#timer !== undefined || this.#covered || this.#closed) return;
    const { clock, staleMs } = this.#settings;
    const due = this.#fresh().map(({ goodAt }) => goodAt + staleMs * 1_000);
    if (due.length === 0) return;
    const waitMs = Math.max(0, Math.ceil((Math.min(...due) - clock.now()) / 1_000));
    this.#timer = clock.setTimeout(() => {
      this.#timer = undefined;
      this.#mark();
      this.#arm();
    }, waitMs);
  }

  #mark(): void {
    const { clock, staleMs, publish } = this.#settings;
    const now = clock.now();
    for (const row of this.#fresh()) {
      if (now - row.goodAt < staleMs * 1_000) continue;
      row.stale = true;
      publish({ key: row.symbol, value: { ...row.value, stale: true }, time: Math.floor(now) });
    }
  }

  #fresh(): Row[] {
    return [...this.#rows.values()].filter(({ value, stale }) => value !== undefined && !stale);
  }
}
