import { isIP } from 'node:net';
import { ERRNO, type Libc, loadLibc } from '../../native/libc.js';
import { MessageHeader } from './message-header.js';
import { sockaddrBytes } from './sockaddr.js';
import {
  AF,
  checked,
  IPPROTO_TCP,
  MSG,
  SO,
  SOCK,
  SOL_SOCKET,
  SocketCalls,
  TCP_NODELAY,
} from './socket-calls.js';

/** A datagram of any length; a stream is read in pieces. */
const BUFFER_BYTES = 64 * 1024;

export interface SocketAt {
  readonly transport: 'tcp' | 'udp';
  readonly ip: string;
}

/**
 * A socket that blocks the calling thread, as those of ping tools do: what it waits for is the
 * kernel's work alone, and no event loop's. For a process of its own, which has nothing else to do
 * and by whose end it is closed. Each call throws an error with the `code` of the system call that
 * failed.
 */
export class BlockingSocket {
  /** What was received last is at its beginning. */
  readonly received: Buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  readonly #libc: Libc;
  readonly #calls: SocketCalls;
  readonly #header: MessageHeader;
  readonly #nameBytes: number;
  readonly #fd: number;

  private constructor(libc: Libc, fd: number, nameBytes: number) {
    this.#libc = libc;
    this.#calls = new SocketCalls(libc);
    this.#header = new MessageHeader(libc, nameBytes);
    this.#nameBytes = nameBytes;
    this.#fd = fd;
  }

  /** Bound to any port of `ip`; one for TCP listens. @throws also LAB_ERR_NATIVE */
  static async bound({ transport, ip }: SocketAt): Promise<BlockingSocket> {
    const socket = await BlockingSocket.#open(transport, ip);
    checked(socket.#calls.bind(socket.#fd, ip, 0), 'bind');
    if (transport === 'tcp') checked(socket.#libc.listen(socket.#fd, 1), 'listen');
    return socket;
  }

  /** @throws also LAB_ERR_NATIVE */
  static async connected({ transport, ip }: SocketAt, port: number): Promise<BlockingSocket> {
    const socket = await BlockingSocket.#open(transport, ip);
    checked(socket.#calls.connect(socket.#fd, ip, port), 'connect');
    if (transport === 'tcp') socket.#calls.set(socket.#fd, IPPROTO_TCP, TCP_NODELAY, 1);
    return socket;
  }

  static async #open(transport: 'tcp' | 'udp', ip: string): Promise<BlockingSocket> {
    const libc = await loadLibc();
    const family = isIP(ip) === 6 ? 6 : 4;
    const type = transport === 'tcp' ? SOCK.stream : SOCK.dgram;
    const fd = checked(libc.socket(AF[family], type | SOCK.cloexec, 0), 'socket');
    return new BlockingSocket(libc, fd, sockaddrBytes(family));
  }

  get port(): number {
    return this.#calls.localPort(this.#fd);
  }

  /** From now on `receive` and `accept` give up after so long. */
  setReceiveTimeout(ms: number): void {
    // struct timeval: two integers of 64 bits.
    const [seconds, micros] = [Math.floor(ms / 1_000), Math.round((ms % 1_000) * 1_000)];
    const timeval = [seconds, 0, micros, 0];
    checked(this.#calls.set(this.#fd, SOL_SOCKET, SO.rcvtimeo, ...timeval), 'setsockopt');
  }

  /** The next connection; undefined when none came in time. */
  accept(): BlockingSocket | undefined {
    const fd = uninterrupted(() => this.#libc.accept(this.#fd, 0, 0));
    if (fd === -ERRNO.EAGAIN) return undefined;
    this.#calls.set(checked(fd, 'accept'), IPPROTO_TCP, TCP_NODELAY, 1);
    return new BlockingSocket(this.#libc, fd, this.#nameBytes);
  }

  /** Bytes received; undefined when nothing came in time; 0 when the peer of a stream is gone. */
  receive(): number | undefined {
    const length = uninterrupted(() => this.#header.receive(this.#fd, this.received, 0));
    return length === -ERRNO.EAGAIN ? undefined : checked(length, 'recvmsg');
  }

  /** For UDP: from now on there is nobody but the sender of what was received last. */
  connectToSender(): void {
    const { nameAddress } = this.#header;
    checked(this.#libc.connect(this.#fd, nameAddress, this.#nameBytes), 'connect');
  }

  /** The first `length` bytes of `data`, off V8's heap, to the peer. */
  send(data: Buffer, length: number): void {
    const address = this.#libc.addressOf(data.buffer) + data.byteOffset;
    for (let sent = 0; sent < length; ) {
      const rest = length - sent;
      const result = uninterrupted(() =>
        this.#libc.send(this.#fd, address + sent, rest, MSG.nosignal),
      );
      sent += checked(result, 'send');
    }
  }
}

/** Signals are the event loop's to handle: a call that one of them interrupts is made again. */
function uninterrupted(call: () => number): number {
  for (;;) {
    const result = call();
    if (result !== -ERRNO.EINTR) return result;
  }
}
