import { createConnection, type Socket } from 'node:net';
import type { StreamHandler, StreamSocket, StreamTarget } from '../client-sockets.js';

/** A TCP connection of a client over Node's own socket, which keeps no stamps. */
export class NodeStreamSocket implements StreamSocket {
  readonly #socket: Socket;
  #destroyed = false;

  constructor(
    { host, port, area, nextAddressMs, localAddress }: StreamTarget,
    handler: StreamHandler,
  ) {
    const told = (tell: () => void): void => {
      if (!this.#destroyed) tell();
    };
    this.#socket = createConnection({
      host,
      port,
      noDelay: true,
      onread: {
        buffer: area,
        callback: (length) => {
          told(() => handler.onRead(length, 0, 0));
          return true;
        },
      },
      // Every address that a name has, one after the other.
      autoSelectFamily: true,
      autoSelectFamilyAttemptTimeout: nextAddressMs,
      ...(localAddress === undefined ? {} : { localAddress }),
    })
      .on('connect', () => told(() => handler.onConnect()))
      .on('end', () => told(() => handler.onEnd()))
      .on('error', (error) => told(() => handler.onError(error)));
  }

  get localPort(): number {
    return this.#socket.localPort ?? 0;
  }

  get queuedBytes(): number {
    return this.#socket.writableLength;
  }

  get isOwnEcho(): boolean {
    const { localPort, localAddress, remotePort, remoteAddress } = this.#socket;
    return localPort === remotePort && localAddress === remoteAddress;
  }

  write(data: Buffer): void {
    this.#socket.write(data);
  }

  destroy(): void {
    if (this.#destroyed) return;
    this.#destroyed = true;
    if (this.#socket.connecting) this.#socket.destroy();
    else this.#socket.resetAndDestroy();
  }
}
