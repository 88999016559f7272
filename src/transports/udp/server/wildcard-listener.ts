import type { Socket } from 'node:dgram';
import { LabError } from '../../../errors.js';
import { askSize, createUdpSocket, untilReady } from '../../datagram/sockets.js';
import { WildcardSocket } from '../../native/wildcard-socket.js';
import { RECEIVE_BUFFER_BYTES, type Sender } from './channel.js';

/** `local`: the address of ours that was asked; undefined where it cannot be told. */
export type Catch = (bytes: Buffer, from: Sender, local: string | undefined) => void;

/** A socket on every address of this machine, which hears what no socket of one address does. */
export interface WildcardListener {
  readonly port: number;
  /**
   * The socket itself, to answer through when the address asked cannot be told; undefined when it
   * always can.
   */
  readonly socket: Socket | undefined;
  /** Key to the kernel's counters of the socket; undefined = not known. */
  readonly inode: number | undefined;
  /** `failed`: told, once, that it hears nothing any more. */
  start(caught: Catch, failed: (error: Error) => void): void;
  /** Runs `bind`, which binds a socket of one address to the same port. */
  beside<T>(bind: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** The one that knows the addresses asked, if there can be one here. What binding throws. */
export async function openWildcardListener(family: 4 | 6, port: number): Promise<WildcardListener> {
  try {
    return knowing(await WildcardSocket.open(family, port, RECEIVE_BUFFER_BYTES));
  } catch (error) {
    // It cannot be made here, or the kernel does not tell addresses; what keeps any socket from its
    // port is an answer.
    const unable =
      error instanceof LabError || (error as NodeJS.ErrnoException).syscall === 'setsockopt';
    if (!unable) throw error;
    return await openWithoutDestination(family, port);
  }
}

function knowing(socket: WildcardSocket): WildcardListener {
  return {
    port: socket.port,
    socket: undefined,
    inode: socket.inode,
    start: (caught, failed) => {
      socket.onFailure = failed;
      socket.onDatagram = ({ bytes, from, local }) => caught(bytes, from, local);
    },
    beside: (bind) => socket.beside(bind),
    close: async () => socket.close(),
  };
}

/** Of `dgram`: the address asked is not told. */
export async function openWithoutDestination(
  family: 4 | 6,
  asked: number,
): Promise<WildcardListener> {
  const address = family === 4 ? '0.0.0.0' : '::';
  const bound = async (port: number, shared: boolean): Promise<Socket> => {
    const socket = createUdpSocket(address, shared);
    try {
      await untilReady(socket, 'listening', () => socket.bind({ address, port, exclusive: true }));
      return socket;
    } catch (error) {
      socket.close();
      throw error;
    }
  };
  // Whether the port is free shows to a socket only that would have it for itself; the addresses
  // need one that shares.
  const first = await bound(asked, false);
  const { port } = first.address();
  await new Promise<void>((resolve) => first.close(resolve));
  const socket = await bound(port, true);
  askSize(() => socket.setRecvBufferSize(RECEIVE_BUFFER_BYTES));
  socket.on('error', () => {});
  return {
    port,
    socket,
    inode: undefined,
    start: (caught) => void socket.on('message', (bytes, from) => caught(bytes, from, undefined)),
    beside: (bind) => bind(),
    close: () => new Promise((resolve) => socket.close(resolve)),
  };
}
