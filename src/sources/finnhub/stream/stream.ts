import type { Clock, Timer } from '../../../core/clock.js';
import { type Backoff, backoffMs } from '../backoff.js';
import type { Counters } from '../counters.js';
import type { Endpoints } from '../endpoints.js';
import type { Proxies } from '../proxies.js';
import { StreamConnection } from './connection.js';
import type { Trade } from './messages.js';

interface StreamSettings {
  readonly key: string;
  readonly endpoints: Endpoints;
  readonly symbols: readonly string[];
  readonly proxies: Proxies | undefined;
  readonly clock: Clock;
  readonly backoff: Backoff;
  readonly counters: Counters;
  readonly timeoutMs: number;
  readonly silenceMs: number;
  /** It is up, and subscribed. */
  readonly onUp: () => void;
  /** False when nobody asked for the trade's symbol. */
  readonly onTrade: (trade: Trade) => boolean;
  /** It told of an error: some symbols may never come over it; the one that it named, if any. */
  readonly onDoubt: (symbol: string | undefined) => void;
  /** It was up and no longer is; last heard at that time, µs of the clock. */
  readonly onDown: (lastReceivedAt: number) => void;
}

/**
 * Keeps one connection to the trade stream: opens it again after a backoff whenever it is lost or
 * refused.
 */
export class TradeStream {
  readonly #settings: StreamSettings;
  #connection: StreamConnection | undefined;
  #timer: Timer | undefined;
  #up = false;
  /** When the connection opened, µs of the clock. */
  #upAt = 0;
  /** Connections in a row that were refused or did not last. */
  #failures = 0;
  #opened = 0;
  #stopped = false;

  constructor(settings: StreamSettings) {
    this.#settings = settings;
  }

  get up(): boolean {
    return this.#up;
  }

  start(): void {
    const { key, endpoints, symbols, proxies, clock, timeoutMs, silenceMs } = this.#settings;
    if (this.#stopped) return;
    const connection = new StreamConnection({
      url: endpoints.stream(key),
      symbols,
      proxies,
      clock,
      timeoutMs,
      silenceMs,
      onOpen: () => {
        this.#up = true;
        this.#upAt = clock.now();
        this.#opened += 1;
        if (this.#opened > 1) this.#settings.counters.reconnects += 1;
        this.#settings.onUp();
      },
      onFrame: (frame) => {
        const { counters, onTrade, onDoubt } = this.#settings;
        if (frame === undefined) counters.error('stream_malformed');
        else if (frame.type === 'error') {
          counters.error('stream_error');
          onDoubt(namedIn(frame.message, symbols));
        } else if (frame.type === 'trade') {
          counters.error('stream_malformed', frame.malformed);
          for (const trade of frame.trades) if (!onTrade(trade)) counters.error('stream_unasked');
        }
      },
      onOver: (reason) => {
        this.#settings.counters.error(reason);
        this.#lose(connection.lastReceivedAt);
      },
    });
    this.#connection = connection;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#up = false;
    this.#timer?.cancel();
    await this.#connection?.close();
  }

  #lose(lastReceivedAt: number): void {
    const { clock, backoff, onDown } = this.#settings;
    const wasUp = this.#up;
    this.#up = false;
    this.#connection = undefined;
    // One that lasted counts as none; else a server that cuts at once would be called again at
    // once.
    if (wasUp && lastReceivedAt - this.#upAt >= backoff.longestMs * 1_000) this.#failures = 0;
    this.#failures += 1;
    this.#timer = clock.setTimeout(() => this.start(), backoffMs(backoff, this.#failures));
    if (wasUp) onDown(lastReceivedAt);
  }
}

/**
 * The longest of the symbols that stands in a text by itself: `Symbol not supported: BRK.B` is not
 * about `BRK`.
 */
function namedIn(text: string, symbols: readonly string[]): string | undefined {
  const words = text.split(/[\s"'(),;]+/).map((word) => word.replace(/[.:!]+$/, ''));
  const named = symbols.filter(
    (symbol) => words.includes(symbol) || (symbol.includes(' ') && text.includes(symbol)),
  );
  return named.sort((a, b) => b.length - a.length)[0];
}
