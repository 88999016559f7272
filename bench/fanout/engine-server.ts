/**
 * The whole engine as fast as its sockets take it: core, codec and transport, one flush after the other, each with the same few
 * messages. What the bare loop of the ceiling is compared with. A forked process.
 */
import { loadCodec } from '../../src/codecs/registry.js';
import { Broadcast } from '../../src/core/broadcast.js';
import { createAnchor, systemClock } from '../../src/core/clock.js';
import { LabError } from '../../src/errors.js';
import { loadTransport } from '../../src/transports/registry.js';
import type { Endpoint, TransportServer } from '../../src/transports/transport.js';
import { send, sendError, serveChannel } from '../workers/channel.js';
import type { EngineSpec, FromEngine, ToEngine } from './messages.js';

const KEY = 'k';

class Engine {
  readonly #spec: EngineSpec;
  readonly #broadcast: Broadcast;
  readonly #server: TransportServer;
  readonly #value: string;
  #flushes = -1;
  #stopped = false;

  private constructor(spec: EngineSpec, broadcast: Broadcast, server: TransportServer) {
    this.#spec = spec;
    this.#broadcast = broadcast;
    this.#server = server;
    this.#value = 'x'.repeat(spec.sizeBytes);
  }

  static async open(spec: EngineSpec): Promise<Engine> {
    const clock = systemClock(createAnchor());
    const codec = await loadCodec('line-json');
    const transport = await loadTransport(spec.transport);
    // At once: a rest between flushes is for servers that have something else to do.
    const broadcast = new Broadcast({ clock, encoder: codec, maxClients: spec.clients, flush: 0 });
    const server = await transport.listen(broadcast, {
      host: '127.0.0.1',
      port: 0,
      codecs: [codec],
      clock,
      ...(spec.sender === null ? {} : { udpSender: spec.sender }),
    });
    return new Engine(spec, broadcast, server);
  }

  get endpoint(): Endpoint {
    return this.#server.endpoint;
  }

  count(): FromEngine {
    const { sends, sendBytes } = this.#server.counters;
    return { type: 'counted', sends, bytes: sendBytes, atMs: performance.now() };
  }

  go(): void {
    this.#turn();
  }

  readonly #turn = (): void => {
    if (this.#stopped) return;
    try {
      // Published when everybody has had everything: then a flush is one write or datagram for each.
      const { flushes } = this.#broadcast.counters;
      if (flushes !== this.#flushes && this.#broadcast.backlog === 0) {
        this.#flushes = flushes;
        for (let i = 0; i < this.#spec.messagesPerFlush; i++) this.#broadcast.publish(KEY, this.#value);
      }
    } catch (error) {
      sendError(error);
      return;
    }
    setImmediate(this.#turn);
  };

  async close(): Promise<void> {
    this.#stopped = true;
    this.#broadcast.close();
    await this.#server.close(0);
  }
}

let engine: Engine | undefined;

serveChannel<ToEngine>(async (message) => {
  if (message.type === 'listen') {
    engine = await Engine.open(message.spec);
    send<FromEngine>({ type: 'listening', endpoint: engine.endpoint });
    return;
  }
  if (message.type === 'close') {
    await engine?.close();
    process.disconnect();
    return;
  }
  if (engine === undefined) throw new LabError('LAB_ERR_INTERNAL', `'${message.type}' before 'listen'`);
  if (message.type === 'go') engine.go();
  else send<FromEngine>(engine.count());
});
