import type { Codec } from '../codecs/codec.js';
import { loadCodec } from '../codecs/registry.js';
import type { Message } from '../core/message.js';
import { GrantedPolicy } from '../core/overload/granted-policy.js';
import { type ErrorCode, LabError } from '../errors.js';
import { grantedBytes } from '../transports/datagram/size.js';
import { loadTransport } from '../transports/registry.js';
import { DEFAULT_DEADLINE_MS } from '../transports/repair.js';
import type { Subscription, Transport } from '../transports/transport.js';
import { backoffMs, MAX_BACKOFF_MS } from './backoff.js';
import type { FeedEvent } from './feed-event.js';
import { FeedReceiver, type Start } from './feed-receiver.js';
import type { Feed, FeedStats } from './feed-stats.js';
import { type Dropped, MessageQueue } from './message-queue.js';
import { type FeedOptions, type FeedSettings, feedSettings } from './options.js';

/** What another attempt may fix. */
const WORTH_RETRYING: ReadonlySet<ErrorCode> = new Set([
  'LAB_ERR_CONNECT',
  'LAB_ERR_CONNECT_TIMEOUT',
  'LAB_ERR_CLOSED',
  'LAB_ERR_PEER_TIMEOUT',
  'LAB_ERR_LAGGED',
  'LAB_ERR_MAX_CLIENTS',
  'LAB_ERR_MAX_FILTERS',
] as const);

/**
 * Subscribes to the feed at `url` (`tcp://127.0.0.1:7400?keys=AAPL`, see `parseFeedUrl`) and
 * connects at once:
 *
 *     for await (const { seq, key, value } of subscribe('tcp://127.0.0.1:7400')) console.log(seq, key, value);
 *
 * After a cut it connects again and asks for what follows the last message; what is no longer
 * retained then is a gap event.
 * @throws LAB_ERR_BAD_VALUE (URL or option); everything later is thrown in the loop
 */
export function subscribe(url: string, options: FeedOptions = {}): Feed {
  return new ReconnectingFeed(feedSettings(url, options));
}

class ReconnectingFeed implements Feed {
  readonly #settings: FeedSettings;
  readonly #queue: MessageQueue;
  readonly #receiver: FeedReceiver;
  readonly #running: Promise<void>;
  readonly #onAbort = (): void => void this.close();
  /** Aborted when the feed is left or has failed: whatever is under way then ends at once. */
  readonly #over = new AbortController();
  #subscription: Subscription | undefined;
  #leaving = false;
  #failure: { readonly error: unknown } | undefined;
  readonly #policy: GrantedPolicy;
  #welcomes = 0;
  #gaps = 0;
  #missed = 0;
  #bytesBefore = 0;

  constructor(settings: FeedSettings) {
    this.#settings = settings;
    const { clock, keys, policy } = settings;
    this.#policy = new GrantedPolicy(policy);
    const filtered = keys.length > 0;
    this.#queue = new MessageQueue({
      limit: settings.buffer,
      clock,
      filtered,
      onDropped: (dropped) => this.#dropped(dropped),
    });
    this.#receiver = new FeedReceiver({
      clock,
      filtered,
      repairMs: repairMsOf(settings),
      wantsSnapshot: settings.snapshot,
      epoch: settings.epoch,
      lostDatagrams: () => this.#subscription?.counters.datagramsLost ?? 0,
      reads: () => this.#subscription?.counters.reads ?? 0,
      push: (item) => this.#queue.push(item),
      event: (event) => this.#event(event),
      fail: (error) => this.#fail(error),
    });
    settings.signal?.addEventListener('abort', this.#onAbort, { once: true });
    if (settings.signal?.aborted === true) this.#leave();
    this.#running = this.#run();
  }

  [Symbol.asyncIterator](): AsyncIterator<Message, undefined> {
    return {
      next: () => this.#queue.next(),
      return: async () => {
        await this.close();
        return { done: true, value: undefined };
      },
    };
  }

  stats(): FeedStats {
    const { account, epoch, rate, latency } = this.#receiver;
    return {
      connected: this.#subscription !== undefined,
      epoch: epoch ?? null,
      received: this.#queue.live,
      snapshot: this.#queue.snapshot,
      buffered: this.#queue.waiting,
      expected: account.expected,
      missed: this.#missed + account.untold + this.#queue.unreportedDrops,
      gaps: this.#gaps,
      duplicates: account.duplicates,
      reconnects: Math.max(0, this.#welcomes - 1),
      rate: rate.perSecond(this.#settings.clock.now()),
      latency: latency.figures,
      bytes: this.#bytesBefore + (this.#subscription?.counters.bytes ?? 0),
    };
  }

  async close(): Promise<void> {
    this.#leave();
    this.#queue.close();
    await this.#subscription?.close();
    await this.#running;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #leave(): void {
    this.#leaving = true;
    this.#over.abort();
  }

  async #run(): Promise<void> {
    // The caller gets its feed, and may begin its loop, before anything happens.
    await Promise.resolve();
    try {
      await this.#connections();
    } catch (error) {
      this.#fail(error);
    }
    this.#settings.signal?.removeEventListener('abort', this.#onAbort);
    this.#finish();
  }

  /** One connection after the other, until the feed is over. */
  async #connections(): Promise<void> {
    const { url, clock, random } = this.#settings;
    const transport = await loadTransport(url.transport);
    const codec = await loadCodec(this.#settings.codec);
    let failures = 0;
    for (let attempt = 1; !this.#leaving; attempt++) {
      const since = clock.now();
      const welcomes = this.#welcomes;
      const cause = await this.#connection(transport, codec);
      const goesOn = this.#goesOn(cause);
      this.#receiver.unlink(!goesOn && !this.#leaving);
      if (!goesOn) {
        if (cause !== undefined) this.#fail(cause);
        return;
      }
      if (this.#welcomes > welcomes) attempt = 1;
      // Only a connection that lasted was not a failure: to be welcomed and cut at once, again and
      // again, must not be a storm.
      failures = clock.now() - since > MAX_BACKOFF_MS * 1_000 ? 1 : failures + 1;
      const delayMs = backoffMs(failures, random);
      const told = cause ?? new LabError('LAB_ERR_CLOSED', 'the server has ended the feed');
      this.#event({ type: 'reconnecting', attempt, delayMs, cause: told });
      await this.#pause(delayMs);
    }
  }

  /** Resolves when the connection is over: undefined after an orderly end. */
  async #connection(transport: Transport, codec: Codec): Promise<LabError | undefined> {
    const { url, clock, keys, policy, timeoutMs, receiveBufferBytes } = this.#settings;
    const { repair, repairDeadlineMs } = this.#settings;
    const start = this.#receiver.begun ? this.#receiver.resumePoint : this.#firstStart();
    try {
      const subscription = await transport.connect(url.endpoint, {
        codec,
        clock,
        receiver: this.#receiver.link(codec, transport.reliable, start),
        keys,
        signal: this.#over.signal,
        // A group replays nothing; the account is told as if it had been asked.
        ...(this.#receiver.begun && transport.multicast === true ? {} : start),
        ...(policy === undefined ? {} : { policy }),
        ...(timeoutMs === undefined ? {} : { timeoutMs }),
        ...(receiveBufferBytes === undefined ? {} : { receiveBufferBytes }),
        ...(repair === undefined ? {} : { repair }),
        ...(repairDeadlineMs === undefined ? {} : { repairDeadlineMs }),
      });
      this.#subscription = subscription;
      this.#compareBuffer(subscription.receiveBufferBytes);
      if (this.#over.signal.aborted) await subscription.close();
      return await subscription.closed;
    } catch (error) {
      return LabError.from(error);
    } finally {
      this.#bytesBefore += this.#subscription?.counters.bytes ?? 0;
      this.#settleLoss();
      this.#subscription = undefined;
    }
  }

  /** Tells once when less was granted than asked for. */
  #compareBuffer(reported: number | null): void {
    const requested = this.#settings.receiveBufferBytes;
    if (requested === undefined || reported === null || this.#welcomes > 1) return;
    const granted = grantedBytes(reported);
    if (granted < requested) this.#event({ type: 'receive-buffer', requested, granted });
  }

  #firstStart(): Start {
    const { from, epoch } = this.#settings;
    return {
      ...(from === undefined ? {} : { fromSeq: from }),
      ...(epoch === undefined ? {} : { epoch }),
    };
  }

  /** While the connection's own count of what it lost can still be read. */
  #settleLoss(): void {
    this.#receiver.account.settle();
  }

  #goesOn(cause: LabError | undefined): boolean {
    if (this.#over.signal.aborted) return false;
    const { reconnect, retry } = this.#settings;
    if (cause === undefined) return retry && reconnect;
    if (!WORTH_RETRYING.has(cause.code)) return false;
    return this.#welcomes === 0 ? retry : reconnect;
  }

  #pause(delayMs: number): Promise<void> {
    const { signal } = this.#over;
    return new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const wake = (): void => {
        timer.cancel();
        signal.removeEventListener('abort', wake);
        resolve();
      };
      const timer = this.#settings.clock.setTimeout(wake, delayMs);
      signal.addEventListener('abort', wake);
    });
  }

  #event(event: FeedEvent): void {
    if (event.type === 'connected') this.#welcomes += 1;
    this.#tell(event);
    if (event.type !== 'connected') return;
    const policy = this.#policy.compare(event.welcome);
    if (policy !== undefined) this.#tell({ type: 'policy', ...policy });
  }

  #tell(event: FeedEvent): void {
    if (event.type === 'gap') {
      this.#gaps += 1;
      this.#missed += event.missed;
    }
    try {
      this.#settings.onEvent?.(event);
    } catch (error) {
      this.#fail(error);
    }
  }

  #dropped({ from, to, missed, live }: Dropped): void {
    if (live) this.#event({ type: 'gap', from, to, missed, reason: 'slow-consumer', exact: true });
    else this.#event({ type: 'snapshot-incomplete', missed, reason: 'slow-consumer', exact: true });
  }

  /** The first failure is the one the loop throws. */
  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#over.abort();
    void this.#subscription?.close();
  }

  #finish(): void {
    const failure = this.#leaving ? undefined : this.#failure;
    if (failure === undefined) {
      this.#event({ type: 'ended', reason: this.#leaving ? 'left' : 'closed' });
    } else {
      const error = LabError.from(failure.error);
      this.#event({ type: 'ended', reason: error.code, error });
    }
    // What the last event threw is a failure too.
    this.#queue.end(this.#failure?.error);
  }
}

function repairMsOf({ repair = 'none', repairDeadlineMs }: FeedSettings): number {
  return repair === 'none' ? 0 : (repairDeadlineMs ?? DEFAULT_DEADLINE_MS);
}
