import type { Socket } from 'node:dgram';
import type {
  DatagramHandler,
  DatagramOptions,
  DatagramSocket,
  GroupTarget,
} from '../client-sockets.js';
import {
  askSize,
  createUdpSocket,
  inodeOpenedBy,
  readSize,
  untilReady,
} from '../datagram/sockets.js';
import { ReceiveErrors } from '../receive-errors.js';

/** Opening a socket again tells its inode if the first time did not: see `inodeOpenedBy`. */
const ATTEMPTS = 3;

/** A UDP socket of a client over Node's own, which keeps no stamps. */
export class NodeDatagramSocket implements DatagramSocket {
  handler: DatagramHandler | undefined;
  readonly localPort: number;
  readonly receiveBufferBytes: number | null;
  readonly inode: number | undefined;
  readonly #socket: Socket;
  readonly #errors = new ReceiveErrors();
  #failed = false;
  #closed: Promise<void> | undefined;

  private constructor(socket: Socket, inode?: number) {
    this.#socket = socket;
    this.inode = inode;
    this.localPort = socket.address().port;
    this.receiveBufferBytes = readSize(() => socket.getRecvBufferSize());
    socket.on('message', (bytes) => {
      this.#errors.received();
      this.handler?.onDatagram(bytes, 0);
    });
    socket.on('error', (error) => this.#onError(error));
  }

  /** Throws what connecting throws. */
  static async connected(
    ip: string,
    port: number,
    { receiveBufferBytes, localAddress }: DatagramOptions = {},
  ): Promise<NodeDatagramSocket> {
    const socket = createUdpSocket(ip);
    try {
      if (localAddress !== undefined)
        await untilReady(socket, 'listening', () => socket.bind({ address: localAddress }));
      await untilReady(socket, 'connect', () => socket.connect(port, ip));
      if (receiveBufferBytes !== undefined)
        askSize(() => socket.setRecvBufferSize(receiveBufferBytes));
      return new NodeDatagramSocket(socket);
    } catch (error) {
      socket.close();
      throw error;
    }
  }

  /** Throws what binding and joining throw. */
  static async member(target: GroupTarget): Promise<NodeDatagramSocket> {
    const { group, port, interfaceAddress, receiveBufferBytes } = target;
    const { socket, inode } = await bind(group, port);
    try {
      if (receiveBufferBytes !== undefined)
        askSize(() => socket.setRecvBufferSize(receiveBufferBytes));
      socket.addMembership(group, interfaceAddress);
      return new NodeDatagramSocket(socket, inode);
    } catch (error) {
      socket.close();
      throw error;
    }
  }

  send(packet: Buffer, sent: (error: Error | null) => void = () => {}): void {
    this.#errors.sent();
    this.#socket.send(packet, sent);
  }

  close(closed: () => void = () => {}): void {
    this.#closed ??= new Promise((resolve) => {
      this.handler = undefined;
      this.#socket.close(resolve);
    });
    void this.#closed.then(closed);
  }

  #onError(error: NodeJS.ErrnoException): void {
    if (!this.#errors.failed()) {
      this.handler?.onError(error);
      return;
    }
    if (this.#failed) return;
    this.#failed = true;
    // Whoever is told closes it, after a last word perhaps.
    if (this.handler === undefined) this.close();
    else this.handler.onFailure(error);
  }
}

/** Windows cannot bind a group, and binds the port alone. */
async function bind(
  group: string,
  port: number,
): Promise<{ readonly socket: Socket; readonly inode: number | undefined }> {
  const address = process.platform === 'win32' ? '0.0.0.0' : group;
  for (let attempt = 1; ; attempt++) {
    const socket = createUdpSocket(group, true);
    let inode: number | undefined;
    try {
      await untilReady(socket, 'listening', () => {
        inode = inodeOpenedBy(() => socket.bind({ address, port, exclusive: true }));
      });
    } catch (error) {
      socket.close();
      throw error;
    }
    if (inode !== undefined || attempt === ATTEMPTS || process.platform !== 'linux')
      return { socket, inode };
    socket.close();
  }
}
