import { closeSync } from 'node:fs';
import { isIP } from 'node:net';
import { ERRNO } from '../../../native/libc.js';
import type { StreamHandler, StreamSocket, StreamTarget } from '../../client-sockets.js';
import { addressesOf } from '../../host.js';
import { encodeSockaddr } from '../sockaddr.js';
import {
  IPPROTO_TCP,
  MSG,
  SO,
  SOCK,
  SOL_SOCKET,
  systemError,
  TCP_NODELAY,
} from '../socket-calls.js';
import { type EventHandler, READABLE, WRITABLE } from './event-poll.js';
import type { NativeParts } from './native-parts.js';

/** A stamp this much older than the read may be that of a segment that came out of order. */
const SUSPECT_MICROS = 200;
const NO_DESCRIPTOR = -1;

/**
 * A TCP connection of a client over system calls: one recvmsg(2) for each time it is readable, into
 * memory that all connections share, with the kernel's stamp of the last segment.
 */
export class NativeStreamSocket implements StreamSocket, EventHandler {
  readonly #parts: NativeParts;
  readonly #target: StreamTarget;
  readonly #handler: StreamHandler;
  /** Not yet taken by the kernel. */
  readonly #queue: Buffer[] = [];
  queuedBytes = 0;
  #fd = NO_DESCRIPTOR;
  #connected = false;
  #destroyed = false;
  /** Its struct sockaddr. */
  #peer: Buffer = Buffer.alloc(0);
  #onAttempt: (result: number) => void = () => {};
  /** Segments that came out of order, up to the last read. */
  #outOfOrder = 0;
  #lastStamp = 0;
  /** What the last read left came after this; 0 = it left nothing. */
  #leftSince = 0;
  #waitsToWrite = false;

  constructor(parts: NativeParts, target: StreamTarget, handler: StreamHandler) {
    this.#parts = parts;
    this.#target = target;
    this.#handler = handler;
    void this.#connect();
  }

  get localPort(): number {
    return this.#fd === NO_DESCRIPTOR ? 0 : this.#parts.calls.localPort(this.#fd);
  }

  get isOwnEcho(): boolean {
    return this.#peer.equals(this.#parts.calls.localAddress(this.#fd));
  }

  write(data: Buffer): void {
    if (this.#destroyed) return;
    this.#queue.push(data);
    this.queuedBytes += data.length;
    if (this.#connected) this.#flush();
  }

  destroy(): void {
    if (this.#destroyed) return;
    this.#destroyed = true;
    this.#onAttempt(-ERRNO.ECANCELED);
    // On close the kernel resets the connection, and throws away what it has not sent.
    if (this.#connected) this.#parts.calls.set(this.#fd, SOL_SOCKET, SO.linger, 1, 0);
    this.#close();
  }

  onEvents(events: number): void {
    if (!this.#connected) {
      // Positive, unless it cannot be asked for.
      this.#onAttempt(-Math.abs(this.#parts.calls.get(this.#fd, SOL_SOCKET, SO.error)));
      return;
    }
    if ((events & WRITABLE) !== 0) this.#flush();
    // An error or a hang-up is found by reading.
    if ((events & ~WRITABLE) !== 0 && !this.#destroyed) this.#read();
  }

  onFailure(error: NodeJS.ErrnoException): void {
    if (this.#connected) this.#handler.onError(error);
    else this.#onAttempt(error.errno as number);
  }

  /** Every address of the name, one after the other. */
  async #connect(): Promise<void> {
    const { host, port, nextAddressMs } = this.#target;
    const failures: Error[] = [];
    try {
      const addresses = await addressesOf(host);
      for (const [i, ip] of addresses.entries()) {
        if (this.#destroyed) return;
        const isLast = i === addresses.length - 1;
        const result = await this.#attempt(ip, port, isLast ? undefined : nextAddressMs);
        if (this.#destroyed) return;
        if (result === 0) return this.#established();
        failures.push(systemError(result, 'connect', `${ip}:${port}`));
        this.#close();
      }
    } catch (cause) {
      this.#close();
      failures.push(cause as Error);
    }
    if (this.#destroyed) return;
    this.#handler.onError(failures.length === 1 ? failures[0]! : new AggregateError(failures));
  }

  /** 0, or minus errno. @throws what opening a socket throws */
  #attempt(ip: string, port: number, limitMs: number | undefined): Promise<number> {
    const { calls, poll, clock } = this.#parts;
    const family = isIP(ip) === 6 ? 6 : 4;
    const fd = calls.open(family, SOCK.stream);
    this.#fd = fd;
    this.#peer = Buffer.from(encodeSockaddr(family, ip, port).buffer);
    calls.set(fd, SOL_SOCKET, SO.timestampns, 1);
    calls.set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    const { localAddress } = this.#target;
    const bound = localAddress === undefined ? 0 : calls.bind(fd, localAddress, 0);
    if (bound < 0) return Promise.resolve(bound);
    const result = calls.connect(fd, ip, port);
    poll.add(fd, WRITABLE, this);
    if (result !== -ERRNO.EINPROGRESS) return Promise.resolve(result);
    return new Promise((resolve) => {
      const timer =
        limitMs === undefined
          ? undefined
          : clock.setTimeout(() => this.#onAttempt(-ERRNO.ETIMEDOUT), limitMs);
      this.#onAttempt = (outcome) => {
        this.#onAttempt = () => {};
        timer?.cancel();
        resolve(outcome);
      };
    });
  }

  #established(): void {
    this.#connected = true;
    this.#handler.onConnect();
    if (this.#destroyed) return;
    if (this.#watch(READABLE)) this.#flush();
  }

  #read(): void {
    const { header, kernelClock, poll } = this.#parts;
    const length = header.receive(this.#fd, this.#target.area, MSG.dontwait);
    if (length > 0) {
      const since = this.#leftSince > 0 ? this.#leftSince : poll.unreadSince;
      this.#leftSince = length === this.#target.area.length ? since : 0;
      this.#handler.onRead(length, this.#arrival(kernelClock.timeOf(header.stampMicros())), since);
    } else if (length === 0) {
      this.#handler.onEnd();
    } else if (length !== -ERRNO.EAGAIN && length !== -ERRNO.EINTR) {
      this.#handler.onError(systemError(length, 'read'));
    }
  }

  /**
   * When the bytes were there to be read. The stamp is that of the last segment, and after a hole
   * in the stream that came before the one which filled it: then the time of the read holds, 0.
   */
  #arrival(stamp: number): number {
    if (stamp === 0) return 0;
    const goesBack = stamp < this.#lastStamp;
    if (!goesBack) this.#lastStamp = stamp;
    const { clock, calls, doubts } = this.#parts;
    if (!goesBack && clock.now() - stamp < SUSPECT_MICROS) return stamp;
    const outOfOrder = calls.outOfOrder(this.#fd);
    const isAfterHole = goesBack || outOfOrder !== this.#outOfOrder;
    this.#outOfOrder = outOfOrder;
    if (isAfterHole) doubts.afterHole += 1;
    return isAfterHole ? 0 : stamp;
  }

  #flush(): void {
    const { calls } = this.#parts;
    while (this.#queue.length > 0) {
      const data = this.#queue[0] as Buffer;
      const sent = calls.send(this.#fd, data, MSG.dontwait | MSG.nosignal);
      if (sent === -ERRNO.EINTR) continue;
      if (sent < 0) {
        if (sent === -ERRNO.EAGAIN) this.#waitToWrite(true);
        // What the peer said before it left is to be read first, and that finds the error as well.
        else if (sent !== -ERRNO.EPIPE && sent !== -ERRNO.ECONNRESET)
          this.#handler.onError(systemError(sent, 'write'));
        return;
      }
      this.queuedBytes -= sent;
      if (sent < data.length) this.#queue[0] = data.subarray(sent);
      else this.#queue.shift();
    }
    this.#waitToWrite(false);
  }

  #waitToWrite(waits: boolean): void {
    if (waits === this.#waitsToWrite) return;
    this.#waitsToWrite = waits;
    this.#watch(waits ? READABLE | WRITABLE : READABLE);
  }

  /** False when it is over. */
  #watch(events: number): boolean {
    const result = this.#parts.poll.modify(this.#fd, events);
    if (result < 0) this.#handler.onError(systemError(result, 'epoll_ctl'));
    return result >= 0;
  }

  #close(): void {
    if (this.#fd === NO_DESCRIPTOR) return;
    this.#parts.poll.remove(this.#fd);
    closeSync(this.#fd);
    this.#fd = NO_DESCRIPTOR;
  }
}
