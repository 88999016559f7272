import type { Codec } from '../../src/codecs/codec.js';
import type { Clock } from '../../src/core/clock.js';
import { LabError } from '../../src/errors.js';
import type { ClientSockets } from '../../src/transports/client-sockets.js';
import { newRepairCounters, type RepairCounters } from '../../src/transports/counters.js';
import type { Endpoint } from '../../src/transports/endpoint.js';
import type { Transport } from '../../src/transports/transport.js';
import type { JoinFailure, RepairReport, SubscribersSpec } from '../ipc/subscribers.js';
import { LatencyRecorder } from '../record/latency-recorder.js';
import type { WindowRecorder } from '../record/window-recorder.js';
import { shardOf } from '../workload/share.js';
import { contentCheck, type MessageCheck } from './content-check.js';
import { DecodingReceiver } from './decoding.js';
import { SharedScan } from './shared-scan.js';
import { BenchSubscriber } from './subscriber.js';

/** All subscribers of one process: joining, and what has become of them. */
export class ClientPool {
  readonly subscribers: BenchSubscriber[] = [];
  readonly #failures = new Map<string, JoinFailure>();
  readonly #spec: SubscribersSpec;
  readonly #transport: Transport;
  readonly #codec: Codec;
  readonly #sockets: ClientSockets;
  readonly #clock: Clock;
  readonly #recorder: WindowRecorder;
  // By shard: the servers' time stamps differ, and so do the bytes of their messages.
  /** What the subscribers scan with. */
  readonly #scans: readonly Codec[];
  readonly #checks: readonly MessageCheck[];
  /** Of repairs, where there are any. */
  readonly #repairLatency: LatencyRecorder | undefined;
  #repairsBefore = newRepairCounters();
  #leaving = false;

  constructor(
    spec: SubscribersSpec,
    parts: {
      transport: Transport;
      codec: Codec;
      sockets: ClientSockets;
      clock: Clock;
      recorder: WindowRecorder;
    },
  ) {
    this.#spec = spec;
    if ((spec.transportOptions.repair ?? 'none') !== 'none')
      this.#repairLatency = new LatencyRecorder();
    this.#transport = parts.transport;
    this.#codec = parts.codec;
    this.#scans = spec.endpoints.map(() =>
      spec.decode === 'full' ? parts.codec : new SharedScan(parts.codec),
    );
    this.#sockets = parts.sockets;
    this.#clock = parts.clock;
    this.#recorder = parts.recorder;
    this.#checks = spec.endpoints.map(() => contentCheck(parts.codec, parts.recorder.plan));
  }

  get reliable(): boolean {
    return this.#transport.reliable;
  }

  get multicast(): boolean {
    return this.#transport.multicast === true;
  }

  /** Of one port there may be several: of a group, and where each client has its own address. */
  get sharesPorts(): boolean {
    return this.multicast || this.#spec.localAddresses !== null;
  }

  /** Of the welcomes, each once. */
  get epochs(): string[] {
    const named = this.subscribers.flatMap(({ subscription }) => subscription?.welcome.epoch ?? []);
    return [...new Set(named)];
  }

  get failures(): JoinFailure[] {
    return [...this.#failures.values()];
  }

  /**
   * Joins all clients; those that fail are counted by reason, and nobody waits for them. After an
   * abort there are no more.
   */
  async join(onProgress: (joined: number) => void, signal: AbortSignal): Promise<void> {
    const deadline = this.#clock.now() + this.#spec.readyTimeoutMs * 1_000;
    let started = 0;
    const lane = async (): Promise<void> => {
      while (started < this.#spec.clients && this.#clock.now() < deadline && !signal.aborted) {
        const index = started;
        started += 1;
        await this.#joinOne(index, deadline, signal);
        onProgress(this.subscribers.length);
      }
    };
    await Promise.all(
      Array.from({ length: Math.min(this.#spec.connectConcurrency, this.#spec.clients) }, lane),
    );
    const missed = this.#spec.clients - started;
    if (missed > 0 && !signal.aborted) {
      const late = new LabError(
        'LAB_ERR_CONNECT_TIMEOUT',
        'no time was left to connect before the readiness timeout',
      );
      this.#failures.set(late.code, { ...late.toJSON(), count: missed });
    }
  }

  /** What was repaired before is not told. */
  beginRepairs(): void {
    this.#repairsBefore = this.#repairsSoFar();
    this.#repairLatency?.take();
  }

  /** Null where there is no repair. */
  get repairs(): RepairReport | null {
    if (this.#repairLatency === undefined) return null;
    const counters = this.#repairsSoFar();
    const before = this.#repairsBefore;
    for (const name of Object.keys(counters) as (keyof typeof counters)[])
      counters[name] -= before[name];
    return { counters, latency: this.#repairLatency.take() };
  }

  #repairsSoFar(): RepairCounters {
    const sum = newRepairCounters();
    for (const { subscription } of this.subscribers)
      for (const name of Object.keys(sum) as (keyof RepairCounters)[])
        sum[name] += subscription?.repairs?.[name] ?? 0;
    return sum;
  }

  /** Of what is listed for each client of the cell, that of this process. */
  ownOf<T>(ofCell: readonly T[]): readonly T[] {
    const { firstClient, clients } = this.#spec;
    return ofCell.slice(firstClient, firstClient + clients);
  }

  async leave(): Promise<void> {
    this.#leaving = true;
    await Promise.all(this.subscribers.map(({ subscription }) => subscription?.close()));
  }

  readonly #onRepaired = (messages: number, micros: number): void =>
    this.#repairLatency?.recordTimes(micros, messages);

  async #joinOne(index: number, deadline: number, signal: AbortSignal): Promise<void> {
    const { endpoints, epochs, firstClient, policy, transportOptions, decode } = this.#spec;
    const localAddress = this.#spec.localAddresses?.[index];
    const shard = shardOf(firstClient + index, endpoints.length);
    const subscriber = new BenchSubscriber(
      this.#clock,
      this.#recorder,
      this.#checks[shard] as MessageCheck,
      index,
      this.#spec.clients,
      shard,
    );
    try {
      const subscription = await this.#transport.connect(endpoints[shard] as Endpoint, {
        codec: this.#scans[shard] as Codec,
        receiver: decode === 'full' ? new DecodingReceiver(this.#codec, subscriber) : subscriber,
        clock: this.#clock,
        sockets: this.#sockets,
        ...(localAddress === undefined ? {} : { localAddress }),
        // A group has the policy of its server, which was told.
        ...(!this.multicast && policy !== null ? { policy } : {}),
        ...(epochs === null ? {} : { epoch: epochs[shard] as string }),
        timeoutMs: Math.max(1, Math.round((deadline - this.#clock.now()) / 1_000)),
        ...transportOptions,
        onRepaired: this.#onRepaired,
        signal,
      });
      subscriber.subscription = subscription;
      this.subscribers.push(subscriber);
      void subscription.closed.then((error) => {
        if (!this.#leaving)
          subscriber.cut = error ?? new LabError('LAB_ERR_CLOSED', 'the server ended the feed');
      });
    } catch (error) {
      if (signal.aborted) return;
      const failure = LabError.from(error, 'LAB_ERR_CONNECT');
      const count = (this.#failures.get(failure.code)?.count ?? 0) + 1;
      this.#failures.set(failure.code, { ...failure.toJSON(), count });
    }
  }
}
