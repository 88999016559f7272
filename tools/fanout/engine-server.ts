/**
 * The whole engine, core, codec and transport: as fast as its sockets take it, one flush after the
 * other, or on a schedule. What the bare loops are compared with. A forked process.
 */

import { send, sendError, serveChannel } from '../../bench/process/channel.js';
import { loadCodec } from '../../src/codecs/registry.js';
import type { Broadcast } from '../../src/core/broadcast.js';
import { type Clock, systemClock } from '../../src/core/clock.js';
import { LabError } from '../../src/errors.js';
import { type AssembledServer, assembleServer } from '../../src/serve/assemble.js';
import type { Endpoint } from '../../src/transports/endpoint.js';
import { loadTransport } from '../../src/transports/registry.js';
import type { TransportServer } from '../../src/transports/transport.js';
import type { EngineSpec, FromServer, ToServer } from './messages.js';
import { startPace } from './pace.js';

const KEY = 'k';

class Engine {
  readonly #spec: EngineSpec;
  readonly #clock: Clock;
  readonly #assembly: AssembledServer;
  readonly #broadcast: Broadcast;
  readonly #server: TransportServer;
  readonly #value: string;
  #flushes = -1;
  #stopped = false;
  #pace: { stop(): void } | undefined;

  private constructor(
    spec: EngineSpec,
    clock: Clock,
    assembly: AssembledServer,
    server: TransportServer,
  ) {
    this.#spec = spec;
    this.#clock = clock;
    this.#assembly = assembly;
    this.#broadcast = assembly.broadcast;
    this.#server = server;
    this.#value = 'x'.repeat(spec.sizeBytes);
  }

  static async open(spec: EngineSpec): Promise<Engine> {
    const clock = systemClock(spec.anchor);
    const codec = await loadCodec('line-json');
    const transport = await loadTransport(spec.transport);
    // At full speed at once: a rest between flushes is for servers that have something else to do.
    const flush = spec.ratePerSecond === null ? 0 : 'auto';
    const assembly = assembleServer({
      clock,
      host: '127.0.0.1',
      codecs: [codec],
      maxClients: spec.clients,
      flush,
      transportOptions: { udpSender: spec.udpSender },
    });
    return new Engine(spec, clock, assembly, await assembly.listen(transport, 0));
  }

  get endpoint(): Endpoint {
    return this.#server.endpoint;
  }

  count(): FromServer {
    const { sends, sendBytes } = this.#server.counters;
    const heapBytes = process.memoryUsage().heapUsed;
    return { type: 'counted', sends, bytes: sendBytes, heapBytes, atMs: performance.now() };
  }

  go(): void {
    const { ratePerSecond, anchor } = this.#spec;
    if (ratePerSecond === null) this.#turn();
    else this.#pace = startPace(anchor, this.#clock, ratePerSecond, () => this.#publish());
  }

  readonly #turn = (): void => {
    if (this.#stopped) return;
    // Published when everybody has had everything: then a flush is one write or datagram for each.
    const { flushes } = this.#broadcast.counters;
    if (flushes !== this.#flushes && this.#broadcast.backlog === 0) {
      this.#flushes = flushes;
      for (let i = 0; i < this.#spec.messagesPerFlush; i++) this.#publish();
    }
    setImmediate(this.#turn);
  };

  #publish(): void {
    try {
      this.#broadcast.publish(KEY, this.#value);
    } catch (error) {
      this.#stopped = true;
      sendError(error);
    }
  }

  async close(): Promise<void> {
    this.#stopped = true;
    this.#pace?.stop();
    await this.#assembly.close(0);
  }
}

let engine: Engine | undefined;

serveChannel<ToServer<EngineSpec>>(async (message) => {
  if (message.type === 'listen') {
    engine = await Engine.open(message.spec);
    send<FromServer>({ type: 'listening', endpoint: engine.endpoint });
    return;
  }
  if (message.type === 'close') {
    await engine?.close();
    process.disconnect();
    return;
  }
  if (engine === undefined)
    throw new LabError('LAB_ERR_INTERNAL', `'${message.type}' before 'listen'`);
  if (message.type === 'go') engine.go();
  else send<FromServer>(engine.count());
});
