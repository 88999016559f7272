import { WebSocket } from 'undici';
import type { Clock, Timer } from '../../../core/clock.js';
import type { UpstreamError } from '../counters.js';
import type { Proxies } from '../proxies.js';
import { Wire } from '../wire.js';
import { type Frame, parseFrame } from './messages.js';

interface ConnectionSettings {
  /** **Holds the key.** */
  readonly url: string;
  readonly symbols: readonly string[];
  readonly proxies: Proxies | undefined;
  readonly clock: Clock;
  /** Longest time until it is open. */
  readonly timeoutMs: number;
  /** Longest silence of an open one: Finnhub pings about once a minute. */
  readonly silenceMs: number;
  readonly onOpen: () => void;
  /** Undefined for what could not be understood. */
  readonly onFrame: (frame: Frame | undefined) => void;
  /** It is over, for this reason; told once, and not after `close`. */
  readonly onOver: (reason: UpstreamError) => void;
}

/**
 * One connection to the trade stream, from the handshake to its end. Events of the socket are taken
 * as signals only: their messages, like the URL, are never passed on.
 */
export class StreamConnection {
  readonly #settings: ConnectionSettings;
  readonly #wire: Wire;
  readonly #socket: WebSocket;
  #timer: Timer | undefined;
  #lastReceivedAt = 0;
  #open = false;
  #over = false;

  constructor(settings: ConnectionSettings) {
    this.#settings = settings;
    this.#wire = new Wire(settings.timeoutMs, settings.proxies);
    this.#socket = new WebSocket(settings.url, { dispatcher: this.#wire.agent });
    this.#socket.addEventListener('open', () => this.#onOpen());
    this.#socket.addEventListener('message', ({ data }) => this.#onMessage(data));
    // A failure is always followed by 'close'; unheard, it would be reported elsewhere.
    this.#socket.addEventListener('error', () => {});
    this.#socket.addEventListener('close', () =>
      this.#end(this.#open ? 'stream_lost' : 'stream_refused'),
    );
    this.#timer = settings.clock.setTimeout(() => this.#end('stream_refused'), settings.timeoutMs);
  }

  /** When the last message came in, µs of the clock; 0 before the first. */
  get lastReceivedAt(): number {
    return this.#lastReceivedAt;
  }

  /** Takes leave and lets go of the socket, without waiting for an answer. */
  async close(): Promise<void> {
    this.#over = true;
    this.#timer?.cancel();
    if (this.#socket.readyState === this.#socket.OPEN) this.#tell('unsubscribe');
    this.#socket.close();
    await this.#wire.destroy();
  }

  #onOpen(): void {
    if (this.#over) return;
    this.#open = true;
    this.#heard();
    this.#tell('subscribe');
    this.#settings.onOpen();
  }

  #onMessage(data: unknown): void {
    if (this.#over) return;
    this.#heard();
    this.#settings.onFrame(typeof data === 'string' ? parseFrame(data) : undefined);
  }

  /**
   * Puts off the end by silence. The timer is not moved for each message: it looks when it fires.
   */
  #heard(): void {
    const first = this.#lastReceivedAt === 0;
    this.#lastReceivedAt = this.#settings.clock.now();
    if (first) this.#watch(this.#settings.silenceMs);
  }

  #watch(waitMs: number): void {
    const { clock, silenceMs } = this.#settings;
    this.#timer?.cancel();
    this.#timer = clock.setTimeout(() => {
      const left = silenceMs - (clock.now() - this.#lastReceivedAt) / 1_000;
      if (left > 0) this.#watch(Math.ceil(left));
      else this.#end('stream_silent');
    }, waitMs);
  }

  #tell(type: 'subscribe' | 'unsubscribe'): void {
    for (const symbol of this.#settings.symbols)
      this.#socket.send(JSON.stringify({ type, symbol }));
  }

  #end(reason: UpstreamError): void {
    if (this.#over) return;
    void this.close();
    this.#settings.onOver(reason);
  }
}
