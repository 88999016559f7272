import { Socket } from 'node:net';
import { Agent, buildConnector } from 'undici';

/** Connections to one host at a time: as many calls as can be under way when each takes the whole timeout. */
const CONNECTIONS = 8;
const MAX_RESPONSE_BYTES = 64 * 1024;
const MAX_FRAME_BYTES = 1024 * 1024;

/**
 * An undici agent that can be ended at once. Destroying an agent leaves alone the sockets that became WebSockets and those
 * still connecting, so they are kept track of here.
 */
export class Wire {
  readonly agent: Agent;
  readonly #sockets = new Map<Socket, 'connecting' | 'connected'>();

  /** `connectMs`: longest time for name look-up, TCP and TLS together. */
  constructor(connectMs: number) {
    const connect = buildConnector({ timeout: connectMs, allowH2: false });
    this.agent = new Agent({
      connections: CONNECTIONS,
      maxResponseSize: MAX_RESPONSE_BYTES,
      webSocket: { maxPayloadSize: MAX_FRAME_BYTES },
      connect: (options, callback) => {
        // It returns the socket at once, though its type does not say so.
        const begun: unknown = connect(options, (...result) => {
          if (begun instanceof Socket) this.#sockets.set(begun, 'connected');
          callback(...result);
        });
        if (begun instanceof Socket) this.#track(begun);
      },
    });
  }

  /** Ends everything that goes over it. */
  async destroy(): Promise<void> {
    const ended = this.agent.destroy();
    for (const [socket, state] of this.#sockets) {
      // undici waits for an error of a connection that is not there yet (TLS included), to stop its timers.
      socket.destroy(state === 'connecting' ? new Error('closed while connecting') : undefined);
    }
    await ended;
  }

  #track(socket: Socket): void {
    this.#sockets.set(socket, 'connecting');
    socket.once('close', () => this.#sockets.delete(socket));
  }
}
