import { onTestFinished } from 'vitest';
import type { Codec, CodecOptions } from '../../../src/codecs/codec.js';
import { codecNames, loadCodec } from '../../../src/codecs/registry.js';
import { Broadcast } from '../../../src/core/broadcast.js';
import type { BroadcastOptions } from '../../../src/core/broadcast-options.js';
import { type Clock, systemClock } from '../../../src/core/clock.js';
import { type ControlMessage, isControl, type Message } from '../../../src/core/message.js';
import { LabError } from '../../../src/errors.js';
import type { TransportListenOptions } from '../../../src/transports/registry.js';
import type {
  ConnectOptions,
  Receiver,
  Subscription,
  Transport,
  TransportServer,
} from '../../../src/transports/transport.js';

const DEADLINE_MS = 20_000;
export const clock: Clock = systemClock();

/**
 * For so long a wait asks in every turn of the event loop: what comes at all is mostly there then.
 */
const EAGER_MS = 2;

/**
 * Waits for something to become true; rejects, saying what, when it does not. Asks in every turn of
 * the event loop at first, then every millisecond: a process that is waited for needs the CPU.
 */
export async function until(
  condition: () => boolean,
  what: string | (() => string),
): Promise<void> {
  const began = performance.now();
  while (!condition()) {
    const waited = performance.now() - began;
    if (waited > DEADLINE_MS) {
      throw new Error(`waited in vain: ${typeof what === 'string' ? what : what()}`);
    }
    await new Promise<void>((resolve) => {
      if (waited < EAGER_MS) setImmediate(resolve);
      else setTimeout(resolve, 1);
    });
  }
}

export const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);

/**
 * The code a promise rejects with; 'nothing' when it resolves. Anything but a LabError is thrown
 * on.
 */
export async function rejection(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return 'nothing';
  } catch (error) {
    if (error instanceof LabError) return error.code;
    throw error;
  }
}

/** A receiver that decodes and keeps everything, in the order of arrival. */
export class Recorder implements Receiver {
  readonly items: (Message | ControlMessage)[] = [];
  readonly seqs: number[] = [];
  readonly #codec: Codec;
  #bytes: Buffer = Buffer.alloc(0);
  #reading = false;

  constructor(codec: Codec) {
    this.#codec = codec;
  }

  get messages(): Message[] {
    return this.items.filter((item): item is Message => !isControl(item));
  }

  get controls(): ControlMessage[] {
    return this.items.filter(isControl);
  }

  /** Messages missed as the server told it. */
  get told(): number {
    return this.controls.reduce(
      (sum, item) => sum + (item.control === 'lagged' ? item.missed : 0),
      0,
    );
  }

  /** Every read has one beginning and one end, and messages come between them. */
  begin(bytes: Buffer): void {
    if (this.#reading) throw new Error('a read began before the last one ended');
    this.#reading = true;
    this.#bytes = bytes;
  }

  end(): void {
    if (!this.#reading) throw new Error('a read ended that had not begun');
    this.#reading = false;
  }

  message(seq: number, start: number, end: number): void {
    if (!this.#reading) throw new Error('a message outside a read');
    const item = this.#codec.decode(this.#bytes, start, end)?.item;
    if (item === undefined || isControl(item))
      throw new Error('announced as a message, but is none');
    if (item.seq !== seq || item.time !== this.#codec.timeAt(this.#bytes, start, end))
      throw new Error('scan and decode disagree');
    this.seqs.push(seq);
    this.items.push(item);
  }

  control(control: ControlMessage): void {
    this.items.push(control);
  }
}

export interface Client {
  readonly subscription: Subscription;
  readonly recorder: Recorder;
}

export interface TestBedOptions {
  readonly broadcast?: Partial<BroadcastOptions>;
  readonly listen?: Partial<TransportListenOptions>;
  readonly codec?: CodecOptions;
  /** Added to what every client is connected with. */
  readonly connect?: Partial<ConnectOptions>;
  /** The server offers the codec under test and no other. */
  readonly oneCodec?: boolean;
}

/**
 * A broadcast, a server on a free loopback port, and the clients of one test; all are closed when
 * the test is over.
 */
export class TestBed {
  readonly transport: Transport;
  readonly broadcast: Broadcast;
  readonly server: TransportServer;
  /** The codec that clients ask for unless told otherwise. */
  readonly codec: Codec;
  readonly #wishes: Partial<ConnectOptions>;
  readonly #clients: Client[] = [];

  private constructor(
    transport: Transport,
    broadcast: Broadcast,
    server: TransportServer,
    codec: Codec,
    wishes: Partial<ConnectOptions>,
  ) {
    this.transport = transport;
    this.#wishes = wishes;
    this.broadcast = broadcast;
    this.server = server;
    this.codec = codec;
  }

  static async open(
    transport: Transport,
    codecName: string,
    options: TestBedOptions = {},
  ): Promise<TestBed> {
    const codecs = await Promise.all(codecNames().map((name) => loadCodec(name, options.codec)));
    const encoder = codecs[0] as Codec;
    const codec = codecs.find(({ name }) => name === codecName) as Codec;
    const broadcast = new Broadcast({ clock, encoder, ...options.broadcast });
    const server = await transport.listen(broadcast, {
      host: '127.0.0.1',
      port: 0,
      codecs: options.oneCodec === true ? [codec] : codecs,
      clock,
      ...options.listen,
    });
    const bed = new TestBed(transport, broadcast, server, codec, options.connect ?? {});
    onTestFinished(() => bed.close());
    return bed;
  }

  /** Connects one client. `options` override what it asks for; `receiver` stays the recorder. */
  async connect(options: Partial<ConnectOptions> = {}): Promise<Client> {
    const codec = options.codec ?? this.codec;
    const recorder = new Recorder(codec);
    const subscription = await this.transport.connect(this.server.endpoint, {
      codec,
      clock,
      ...this.#wishes,
      ...options,
      receiver: recorder,
    });
    const client = { subscription, recorder };
    this.#clients.push(client);
    return client;
  }

  connectMany(count: number): Promise<Client[]> {
    return Promise.all(range(1, count).map(() => this.connect()));
  }

  publish(count: number, key = 'k'): void {
    for (let i = 0; i < count; i++)
      this.broadcast.publish(key, { at: this.broadcast.next, text: 'é😀' });
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.map(({ subscription }) => subscription.close()));
    this.broadcast.close();
    await this.server.close(0);
  }
}
