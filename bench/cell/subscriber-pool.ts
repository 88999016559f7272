/** The subscriber processes of a cell, spoken to together. */
import type { Clock } from '../../src/core/clock.js';
import type { Phase, RunHooks } from '../events.js';
import type {
  FromSubscribers,
  JoinFailure,
  SubscribersSpec,
  ToSubscribers,
} from '../ipc/subscribers.js';
import type { Link } from '../link/link.js';
import { numbered, WorkerHandle } from '../process/worker-process.js';
import { type CountsSoFar, liveAccount } from '../record/live-account.js';
import { SecondsMerger } from '../record/seconds.js';
import { share } from '../workload/share.js';
import { LiveRate } from './live-rate.js';

const READY_TIMEOUT_MS = 20_000;
/** Added to the readiness timeout per client. */
const READY_PER_CLIENT_MS = 5;
/** On top of what the schedule says, before a silent worker counts as dead. */
export const REPLY_TIMEOUT_MS = 15_000;
/**
 * Connections being set up with one server process at one time, by all subscriber processes: enough
 * to keep it busy, few enough for the listen backlog of a stock system (128 on older ones) and for
 * what a server holds that has not subscribed yet.
 */
const CONNECTS_PER_SERVER = 128;
const MOST_CONNECTS_PER_PROCESS = 64;

type Subscribers = WorkerHandle<ToSubscribers, FromSubscribers>;
/** What is the same for all processes, and not for the pool to say. */
type SharedSpec = Omit<
  SubscribersSpec,
  'clients' | 'firstClient' | 'localAddresses' | 'connectConcurrency' | 'readyTimeoutMs'
>;

export class SubscriberPool {
  readonly seconds: SecondsMerger;
  /** Rejects when one of them dies; never resolves. */
  readonly died: Promise<never>;
  /** Resolves when every subscription has ended. */
  readonly gone: Promise<void>;
  joined = 0;
  joinFailures: readonly JoinFailure[] = [];
  /** Of the welcomes, each once. */
  epochs: readonly string[] = [];
  readonly #clients: number;
  readonly #hooks: RunHooks;
  readonly #clock: Clock;
  readonly #workers: readonly Subscribers[];
  readonly #link: Link | null;
  readonly #soFar = new Map<Subscribers, CountsSoFar>();
  #live: LiveRate | undefined;
  /** µs; undefined before there is a window. */
  #windowStart: number | undefined;

  /** `link`: behind which they are. */
  constructor(
    clients: number,
    processes: number,
    hooks: RunHooks,
    clock: Clock,
    link: Link | null = null,
  ) {
    this.#link = link;
    this.#clients = clients;
    this.#hooks = hooks;
    this.#clock = clock;
    const count = Math.min(processes, clients);
    this.#workers = Array.from(
      { length: count },
      (_, i) =>
        new WorkerHandle(numbered('subscriber', i, count), 'bench/worker-subscriber/main.js', {
          enter: link?.clientEnd.enter,
        }),
    );
    this.seconds = new SecondsMerger(count);
    this.died = Promise.race(this.#workers.map(({ died }) => died));
    this.died.catch(() => {});
    const left = new Set(this.#workers);
    this.gone = new Promise((resolve) => {
      for (const worker of this.#workers) {
        worker.onMessage(({ type }) => {
          if (type === 'gone' && left.delete(worker) && left.size === 0) resolve();
        });
      }
    });
  }

  /**
   * Joins all clients, or those who are in when the run is to stop. @throws what a worker that
   * fails throws; clients that do not get in are `joinFailures`
   */
  async connect(shared: SharedSpec): Promise<void> {
    const readyTimeoutMs = READY_TIMEOUT_MS + this.#clients * READY_PER_CLIENT_MS;
    const concurrency = Math.floor(
      (CONNECTS_PER_SERVER * shared.endpoints.length) / this.#workers.length,
    );
    const joinedBy = new Map<Subscribers, number>();
    let firstClient = 0;
    const ready = this.#workers.map((worker, i) => {
      worker.onMessage((message) => this.#observe(worker, message, joinedBy));
      const clients = share(this.#clients, this.#workers.length, i);
      worker.tell({
        type: 'connect',
        spec: {
          ...shared,
          clients,
          firstClient,
          localAddresses: this.#addresses(firstClient, clients),
          connectConcurrency: Math.max(1, Math.min(concurrency, MOST_CONNECTS_PER_PROCESS)),
          readyTimeoutMs,
        },
      });
      firstClient += clients;
      return worker.expect('ready', readyTimeoutMs + REPLY_TIMEOUT_MS);
    });
    const { stop } = this.#hooks;
    const giveUp = (): void => this.tell({ type: 'give-up-joining' });
    if (stop.aborted) giveUp();
    stop.addEventListener('abort', giveUp);
    const answers = await Promise.all(ready).finally(() =>
      stop.removeEventListener('abort', giveUp),
    );
    this.joined = answers.reduce((sum, { joined }) => sum + joined, 0);
    this.joinFailures = answers.flatMap(({ failures }) => failures);
    this.epochs = [...new Set(answers.flatMap(({ epochs }) => epochs))];
  }

  /**
   * Until this time (µs), a stop, or the end of every subscription; true for the last.
   * @throws when a worker dies
   */
  async sleepUntil(time: number): Promise<boolean> {
    const { stop } = this.#hooks;
    if (stop.aborted) return false;
    let onStop: (() => void) | undefined;
    const slept = new Promise<boolean>((resolve) => {
      const timer = this.#clock.setTimeout(
        () => resolve(false),
        Math.max(0, (time - this.#clock.now()) / 1_000),
      );
      onStop = (): void => resolve(false);
      stop.addEventListener('abort', onStop);
      void this.gone.then(() => resolve(true));
      void this.died.catch(() => timer.cancel());
    });
    try {
      return await Promise.race([slept, this.died]);
    } finally {
      if (onStop !== undefined) stop.removeEventListener('abort', onStop);
    }
  }

  /** From now on there is a window; `start` in µs. */
  opens(start: number): void {
    this.#windowStart = start;
  }

  /** A process of it. */
  get pid(): number | undefined {
    return this.#workers[0]?.pid;
  }

  tell(message: ToSubscribers): void {
    for (const worker of this.#workers) worker.tell(message);
  }

  /**
   * Tells all of them, and gives the answers in their order. @throws LAB_ERR_WORKER_DIED,
   * LAB_ERR_WORKER_TIMEOUT, what one reports
   */
  ask<T extends FromSubscribers['type']>(
    message: ToSubscribers,
    type: T,
    timeoutMs: number,
  ): Promise<Extract<FromSubscribers, { type: T }>[]> {
    return Promise.all(
      this.#workers.map((worker) => {
        worker.tell(message);
        return worker.expect(type, timeoutMs);
      }),
    );
  }

  phase(phase: Phase): void {
    this.#hooks.onEvent({ type: 'phase', phase, joined: this.joined, clients: this.#clients });
  }

  kill(): void {
    for (const worker of this.#workers) worker.kill();
  }

  async stop(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.stop({ type: 'close' })));
  }

  #addresses(first: number, count: number): string[] | null {
    const link = this.#link;
    return link === null
      ? null
      : Array.from({ length: count }, (_, i) => link.clientAddress(first + i));
  }

  #observe(
    worker: Subscribers,
    message: FromSubscribers,
    joinedBy: Map<Subscribers, number>,
  ): void {
    if (message.type === 'second') {
      this.#second(worker, message);
    } else if (message.type === 'joined') {
      joinedBy.set(worker, message.joined);
      this.joined = [...joinedBy.values()].reduce((sum, joined) => sum + joined, 0);
      this.phase('connect');
    } else if (message.type === 'interval') {
      this.#interval(worker.name, message.delivered, message.p99Micros);
    }
  }

  #second(worker: Subscribers, message: Extract<FromSubscribers, { type: 'second' }>): void {
    this.#soFar.set(worker, message.soFar);
    const done = this.seconds.add(message.second, message.counts);
    if (done === undefined) return;
    this.#hooks.onEvent({
      type: 'second',
      second: done.second,
      delivered: done.delivered,
      p50Micros: done.p50_us,
      p99Micros: done.p99_us,
      account: liveAccount(this.#soFar.values()),
    });
  }

  #interval(worker: string, delivered: number, p99Micros: number | null): void {
    const now = this.#clock.now();
    this.#live ??= new LiveRate(now);
    const rate = this.#live.add(worker, delivered, p99Micros, now, this.#workers.length);
    if (rate === undefined || this.#windowStart === undefined) return;
    this.#hooks.onEvent({
      type: 'interval',
      elapsedSeconds: (now - this.#windowStart) / 1e6,
      deliveredPerSecond: rate.perSecond,
      p99Micros: rate.p99Micros,
    });
  }
}
