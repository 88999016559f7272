import type { Codec, ScanVisitor } from '../../src/codecs/codec.js';
import type { Broadcast } from '../../src/core/broadcast.js';
import { type ControlMessage, laggedNotice, type Welcome } from '../../src/core/message.js';
import type { Conflated, Sink, SinkReader, SkipReason } from '../../src/core/sink.js';

import { LabError } from '../../src/errors.js';
import type { ClientCounters, ServerCounters } from '../../src/transports/counters.js';
import {
  countSkipped,
  newClientCounters,
  newServerCounters,
} from '../../src/transports/counters.js';
import { errorOfEnd } from '../../src/transports/end.js';
import type { Endpoint } from '../../src/transports/endpoint.js';
import { openSubscriber, welcomeFor } from '../../src/transports/request.js';
import type {
  ConnectOptions,
  ListenOptions,
  Receiver,
  Subscription,
  Transport,
  TransportServer,
} from '../../src/transports/transport.js';
import type { FaultStage } from './faults.js';

const HOST = 'null';
const PORT = 1;
const HEARTBEAT_MS = 1_000;
/** Bytes of one packet at most. */
const PACKET_BYTES = 64 * 1024;

/**
 * A transport without a network: slices of the log go from the server to the receivers of the same
 * process, by way of a fault stage. With no faults they arrive in the same instant, so what is
 * measured then is the instrument itself.
 */
export class NullTransport implements Transport {
  readonly name = 'null';
  /** Like TCP's, a reliable one's wire carries no send times. */
  readonly reliable: boolean;
  readonly #stage: FaultStage;
  readonly #clients: NullSink[] = [];
  #server: NullServer | undefined;

  constructor(stage: FaultStage, reliable: boolean) {
    this.#stage = stage;
    this.reliable = reliable;
  }

  async listen(broadcast: Broadcast, { codecs, clock }: ListenOptions): Promise<TransportServer> {
    this.#server = new NullServer(broadcast, codecs, this.reliable ? () => 0 : () => clock.now());
    return this.#server;
  }

  async connect(_endpoint: Endpoint, options: ConnectOptions): Promise<Subscription> {
    const server = this.#server;
    if (server === undefined)
      throw new LabError('LAB_ERR_CONNECT', 'nobody listens on this null transport');
    const client = this.#clients.length;
    const subscription = new NullSubscription(options);
    const sink = new NullSink(client, this.#stage, server, subscription);
    this.#clients.push(sink);
    const { codec, policy } = options;
    const { subscriber } = openSubscriber(
      server.broadcast,
      server.codecs,
      { codec: codec.name, policy },
      sink,
    );
    subscription.begin(
      welcomeFor(server.broadcast, subscriber, codec, HEARTBEAT_MS, options.clock),
      () => server.broadcast.unsubscribe(subscriber),
    );
    server.counters.accepted += 1;
    return subscription;
  }

  /**
   * From now on the `client`-th subscriber takes nothing, as a socket whose peer has stopped
   * reading.
   */
  stall(client: number): void {
    this.#sinkOf(client).blocked = true;
  }

  /** It takes again. */
  resume(client: number): void {
    this.#sinkOf(client).blocked = false;
    this.#server?.broadcast.requestFlush();
  }

  #sinkOf(client: number): NullSink {
    const sink = this.#clients[client];
    if (sink === undefined)
      throw new LabError('LAB_ERR_INTERNAL', `the null transport has no client ${client}`);
    return sink;
  }
}

class NullServer implements TransportServer {
  readonly transport = 'null';
  readonly sender = 'none';
  readonly endpoint: Endpoint = { host: HOST, port: PORT };
  readonly counters: ServerCounters = newServerCounters();
  readonly sendBufferBytes = null;
  readonly broadcast: Broadcast;
  readonly codecs: readonly Codec[];
  /** The time of a send as the wire carries it, 0 when it does not. */
  readonly sendTime: () => number;

  constructor(broadcast: Broadcast, codecs: readonly Codec[], sendTime: () => number) {
    this.broadcast = broadcast;
    this.codecs = codecs;
    this.sendTime = sendTime;
  }

  async close(): Promise<void> {
    this.broadcast.close();
  }
}

/** The sending half of one subscription. */
class NullSink implements Sink {
  blocked = false;
  readonly #client: number;
  readonly #stage: FaultStage;
  readonly #server: NullServer;
  readonly #subscription: NullSubscription;

  constructor(
    client: number,
    stage: FaultStage,
    server: NullServer,
    subscription: NullSubscription,
  ) {
    this.#client = client;
    this.#stage = stage;
    this.#server = server;
    this.#subscription = subscription;
  }

  flush(subscriber: SinkReader): void {
    const { counters, sendTime } = this.#server;
    while (!this.blocked) {
      const slice = subscriber.read(PACKET_BYTES);
      if (slice === undefined) return;
      subscriber.advance(slice);
      const messages = slice.to - slice.from;
      counters.sends += 1;
      counters.sendBytes += slice.bytes.length;
      counters.sentMessages += messages;
      const packet = { client: this.#client, seq: slice.seq, messages, bytes: slice.bytes };
      const sentAt = sendTime();
      this.#stage.carry(packet, (bytes, stamp) => this.#subscription.receive(bytes, sentAt, stamp));
    }
  }

  skipped(missed: number, why: SkipReason): void {
    countSkipped(this.#server.counters, missed, why);
  }

  lagged(missed: number, next: number, conflated?: Conflated): void {
    this.#subscription.control(laggedNotice(missed, next, conflated));
  }

  end(reason: string): void {
    this.#server.counters.ended += 1;
    this.#subscription.control({ control: 'end', reason });
  }
}

/** The receiving half. */
class NullSubscription implements Subscription {
  readonly localPort = PORT;
  readonly receiveBufferBytes = null;
  readonly counters: ClientCounters = newClientCounters();
  readonly closed: Promise<LabError | undefined>;
  readonly #codec: Codec;
  readonly #receiver: Receiver;
  readonly #visitor: ScanVisitor;
  #resolveClosed: (error: LabError | undefined) => void = () => {};
  #leave: () => void = () => {};
  #welcome: Welcome | undefined;

  constructor({ codec, receiver }: ConnectOptions) {
    this.#codec = codec;
    this.#receiver = receiver;
    this.#visitor = {
      message: (seq, start, end) => receiver.message(seq, start, end),
      // They come on their own, see `control`.
      control: () => {},
    };
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
  }

  get welcome(): Welcome {
    if (this.#welcome === undefined) throw new LabError('LAB_ERR_INTERNAL', 'no welcome yet');
    return this.#welcome;
  }

  begin(welcome: Welcome, leave: () => void): void {
    this.#welcome = welcome;
    this.#leave = leave;
    this.#receiver.control(welcome);
  }

  /** Finds the messages of a packet with the codec, as any transport does. */
  receive(bytes: Buffer, sendTime: number, stamp: number): void {
    this.counters.reads += 1;
    this.counters.bytes += bytes.length;
    this.#receiver.begin(bytes, sendTime, stamp);
    try {
      this.#codec.scan(bytes, 0, bytes.length, this.#visitor);
    } catch {
      this.counters.malformed += 1;
    }
    this.#receiver.end();
  }

  control(control: ControlMessage): void {
    this.#receiver.control(control);
    if (control.control === 'end') this.#resolveClosed(errorOfEnd(control));
  }

  async close(): Promise<void> {
    this.#leave();
    this.#resolveClosed(undefined);
  }
}
