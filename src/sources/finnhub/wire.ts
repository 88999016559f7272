import { Socket } from 'node:net';
import { Agent, buildConnector, type Dispatcher, EnvHttpProxyAgent, Pool } from 'undici';
import type { Proxies } from './proxies.js';

/**
 * Connections to one host at a time: as many calls as can be under way when each takes the whole
 * timeout.
 */
const CONNECTIONS = 8;
const MAX_RESPONSE_BYTES = 64 * 1024;
const MAX_FRAME_BYTES = 1024 * 1024;

/**
 * An undici agent that can be ended at once. Destroying an agent leaves alone the sockets that
 * became WebSockets and those still connecting, so they are kept track of here.
 */
export class Wire {
  readonly agent: Dispatcher;
  readonly #sockets = new Map<Socket, 'connecting' | 'connected'>();

  /**
   * `connectMs`: longest time for name look-up, TCP and TLS together, to the proxy and through it.
   */
  constructor(connectMs: number, proxies: Proxies | undefined) {
    const tls = { timeout: connectMs, allowH2: false };
    const options = {
      connections: CONNECTIONS,
      maxResponseSize: MAX_RESPONSE_BYTES,
      webSocket: { maxPayloadSize: MAX_FRAME_BYTES },
      connect: this.#tracked(buildConnector(tls)),
    };
    if (proxies === undefined) {
      this.agent = new Agent(options);
      return;
    }
    this.agent = new EnvHttpProxyAgent({
      ...options,
      ...proxies,
      requestTls: tls,
      // The connection to the proxy: what goes through it ends with it.
      clientFactory: (proxy) => new Pool(proxy, { connect: this.#tracked(buildConnector(tls)) }),
    });
  }

  /** Ends everything that goes over it. */
  async destroy(): Promise<void> {
    const ended = this.agent.destroy();
    for (const [socket, state] of this.#sockets) {
      // undici waits for an error of a connection that is not there yet (TLS included), to stop its
      // timers.
      socket.destroy(state === 'connecting' ? new Error('closed while connecting') : undefined);
    }
    await ended;
  }

  #tracked(connect: buildConnector.connector): buildConnector.connector {
    return (options, callback) => {
      // It returns the socket at once, though its type does not say so.
      const begun: unknown = connect(options, (...result) => {
        if (begun instanceof Socket) this.#sockets.set(begun, 'connected');
        callback(...result);
      });
      if (begun instanceof Socket) this.#track(begun);
    };
  }

  #track(socket: Socket): void {
    this.#sockets.set(socket, 'connecting');
    socket.once('close', () => this.#sockets.delete(socket));
  }
}
