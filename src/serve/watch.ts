import type { Clock, Timer } from '../core/clock.js';
import type { ServerLog } from './log.js';
import type { ServerStats, TransportStats } from './options.js';

const PERIOD_MS = 1_000;

/**
 * Logs what the counters say, once a second at most: a thousand refusals are one line, and a storm of them cannot fill a
 * disk. Clients that come and go are `debug`, refusals `info`, losses and a source that misbehaves `warn`.
 */
export class Watch {
  readonly #clock: Clock;
  readonly #log: ServerLog;
  readonly #stats: () => ServerStats;
  readonly #lastRejection: () => string | undefined;
  #before: ServerStats;
  #timer: Timer | undefined;

  /** `lastRejection`: why the source's newest rejected item was. */
  constructor(
    clock: Clock,
    log: ServerLog,
    stats: () => ServerStats,
    lastRejection: () => string | undefined,
  ) {
    this.#clock = clock;
    this.#log = log;
    this.#stats = stats;
    this.#lastRejection = lastRejection;
    this.#before = stats();
    this.#again();
  }

  /** Logs what is left to log, and stops. */
  stop(): void {
    this.#timer?.cancel();
    this.#look();
  }

  #again(): void {
    this.#timer = this.#clock.setTimeout(() => {
      this.#look();
      this.#again();
    }, PERIOD_MS);
  }

  #look(): void {
    const before = this.#before;
    const now = this.#stats();
    this.#before = now;
    now.transports.forEach((transport, i) => {
      const last = before.transports[i];
      if (last !== undefined) this.#compare(transport, last, now);
    });
    const cut = now.cut - before.cut;
    if (cut > 0) this.#log.warn({ clients: cut }, 'slow clients disconnected by their policy');
    const forgotten = now.forgottenKeys - before.forgottenKeys;
    if (forgotten > 0) this.#log.warn({ keys: forgotten }, 'keys forgotten by the snapshot: too many');
    const rejected = (now.source?.rejected ?? 0) - (before.source?.rejected ?? 0);
    if (rejected > 0) {
      const why = this.#lastRejection() ?? '';
      this.#log.warn({ messages: rejected, why }, 'messages of the source could not be published');
    }
  }

  #compare(now: TransportStats, before: TransportStats, { clients, maxClients }: ServerStats): void {
    const { name } = now;
    const joined = now.accepted - before.accepted;
    const left = now.ended - before.ended;
    if (joined > 0) this.#log.debug({ transport: name, clients: joined, now: now.clients }, 'clients joined');
    if (left > 0) this.#log.debug({ transport: name, clients: left, now: now.clients }, 'clients left');
    const refused = now.refused - before.refused;
    if (refused > 0) {
      const full = clients >= maxClients;
      this.#log.info({ transport: name, subscriptions: refused, full }, 'subscriptions refused');
    }
    const malformed = now.malformed - before.malformed;
    if (malformed > 0) this.#log.info({ transport: name, count: malformed }, 'input that made no sense');
    const dropped = now.droppedMessages - before.droppedMessages;
    if (dropped > 0) this.#log.warn({ transport: name, messages: dropped }, 'slow clients missed messages');
    const failed = now.sendErrorMessages - before.sendErrorMessages;
    if (failed > 0) this.#log.warn({ transport: name, messages: failed }, 'sends failed');
  }
}
