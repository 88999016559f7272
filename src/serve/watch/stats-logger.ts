import type { Clock, Timer } from '../../core/clock.js';
import type { ServerLog } from '../log.js';
import type { ServerStats, TransportStats } from '../stats.js';
import { FLOOD, FloodWatch } from './flood-watch.js';
import { UpstreamErrorLogger } from './upstream-error-logger.js';

const PERIOD_MS = 1_000;
/** Clients that cannot keep up lose messages all the time: one line about it in so long. */
const LOSS_PERIOD_US = 10_000_000;
/** Counters of clients that were given up. */
const EXPIRY_REASONS = ['stalled', 'silent', 'unreachable'] as const;

/** Clients whose policy skipped messages since the last call, and how many messages. */
type TakeLosses = () => { readonly clients: number; readonly messages: number };

/**
 * Logs what the counters say, once a second at most: a thousand refusals are one line, and a storm
 * of them cannot fill a disk. Clients that come and go are `debug`, refusals `info`, losses, floods
 * and a source that misbehaves `warn`.
 */
export class StatsLogger {
  readonly #clock: Clock;
  readonly #log: ServerLog;
  readonly #stats: () => ServerStats;
  readonly #lastRejection: () => string | undefined;
  readonly #takeLosses: TakeLosses;
  readonly #upstream: UpstreamErrorLogger;
  readonly #floods: FloodWatch;
  readonly #readKernel: () => unknown;
  #lossesTold = Number.NEGATIVE_INFINITY;
  #before: ServerStats;
  #timer: Timer | undefined;

  /**
   * `lastRejection`: why the source's newest rejected item was. `readKernel`: has the kernel's
   * counters read, to be in the stats of the next look.
   */
  constructor(
    clock: Clock,
    log: ServerLog,
    stats: () => ServerStats,
    lastRejection: () => string | undefined,
    takeLosses: TakeLosses,
    readKernel: () => unknown = () => {},
  ) {
    this.#clock = clock;
    this.#log = log;
    this.#stats = stats;
    this.#lastRejection = lastRejection;
    this.#takeLosses = takeLosses;
    this.#upstream = new UpstreamErrorLogger(log);
    this.#floods = new FloodWatch(log);
    this.#readKernel = readKernel;
    this.#readKernel();
    this.#before = stats();
    this.#again();
  }

  /** Logs what is left to log, and stops. */
  stop(): void {
    this.#timer?.cancel();
    this.#lossesTold = Number.NEGATIVE_INFINITY;
    this.#look(true);
  }

  #again(): void {
    this.#timer = this.#clock.setTimeout(() => {
      this.#look();
      this.#again();
    }, PERIOD_MS);
  }

  #look(last = false): void {
    const before = this.#before;
    const now = this.#stats();
    this.#before = now;
    this.#readKernel();
    now.transports.forEach((transport, i) => {
      const last = before.transports[i];
      if (last !== undefined) this.#compare(transport, last, now);
    });
    this.#tellLosses();
    // All that went wrong since the source was opened, this watch being younger than that.
    this.#upstream.look(now.source, this.#clock.now(), last);
    this.#floods.look(now, before, this.#clock.now(), last);
    const cut = now.disconnectedForLag - before.disconnectedForLag;
    if (cut > 0) this.#log.warn({ clients: cut }, 'slow clients disconnected by their policy');
    const failed = now.sinkErrors - before.sinkErrors;
    if (failed > 0) this.#log.error({ clients: failed }, 'clients ended because their sink threw');
    const refused = now.refusedMessages - before.refusedMessages;
    if (refused > 0) {
      this.#log.warn(
        { messages: refused },
        'messages that a codec in use, not the default one, cannot encode',
      );
    }
    const forgotten = now.forgottenKeys - before.forgottenKeys;
    if (forgotten > 0)
      this.#log.warn({ keys: forgotten }, 'keys forgotten by the snapshot: too many');
    const rejected = (now.source?.rejected ?? 0) - (before.source?.rejected ?? 0);
    if (rejected > 0) {
      const why = this.#lastRejection() ?? '';
      this.#log.warn({ messages: rejected, why }, 'messages of the source could not be published');
    }
  }

  #tellLosses(): void {
    const now = this.#clock.now();
    if (now - this.#lossesTold < LOSS_PERIOD_US) return;
    const { clients, messages } = this.#takeLosses();
    if (messages === 0) return;
    this.#lossesTold = now;
    this.#log.warn({ clients, messages }, 'clients missed messages that are no longer retained');
  }

  #compare(
    now: TransportStats,
    before: TransportStats,
    { clients, maxClients }: ServerStats,
  ): void {
    const { name } = now;
    const joined = now.accepted - before.accepted;
    const left = now.ended - before.ended;
    if (joined > 0)
      this.#log.debug({ transport: name, clients: joined, now: now.clients }, 'clients joined');
    if (left > 0)
      this.#log.debug({ transport: name, clients: left, now: now.clients }, 'clients left');
    const refused = now.refused - before.refused;
    if (refused > 0) {
      const full = clients >= maxClients;
      this.#log[levelOf(refused)](
        { transport: name, subscriptions: refused, full },
        'subscriptions refused',
      );
    }
    for (const reason of EXPIRY_REASONS) {
      const clients = now[reason] - before[reason];
      if (clients > 0)
        this.#log.info(
          { transport: name, clients, reason },
          'clients that did not answer given up',
        );
    }
    const reduced = now.reduced - before.reduced;
    if (reduced > 0)
      this.#log.info(
        { transport: name, clients: reduced },
        'clients that lost too much, or were silent, are paced and not repaired',
      );
    const congested = now.congested - before.congested;
    if (congested > 0)
      this.#log.warn(
        { transport: name, clients: congested },
        'clients ended that kept losing too much of what they were sent',
      );
    const evicted = now.evicted - before.evicted;
    if (evicted > 0) {
      const connections = evicted;
      this.#log.info(
        { transport: name, connections },
        'connections without a subscription made room for others',
      );
    }
    const malformed = now.malformed - before.malformed;
    if (malformed > 0)
      this.#log[levelOf(malformed)](
        { transport: name, count: malformed },
        'input that made no sense',
      );
    const failed = now.sendErrorMessages - before.sendErrorMessages;
    if (failed > 0) this.#log.warn({ transport: name, messages: failed }, 'sends failed');
  }
}

/** Of what strangers do: ordinary, or a flood. */
function levelOf(count: number): 'info' | 'warn' {
  return count >= FLOOD ? 'warn' : 'info';
}
