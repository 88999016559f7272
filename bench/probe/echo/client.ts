import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { connect, isIPv6, type Socket } from 'node:net';
import { startTimer } from '../../../src/core/timer.js';

/** One end of an echo: sends its payload and waits for it to come back, one exchange at a time. */
export interface EchoClient {
  /** Whether an exchange that timed out may be followed by another. */
  readonly lossy: boolean;
  /**
   * Round-trip time of one exchange in µs, by `performance.now()`; null when no reply came within
   * `timeoutMs`. Rejects when the socket fails.
   */
  exchange(timeoutMs: number): Promise<number | null>;
  close(): void;
}

/**
 * Settles the exchange that is under way: with its time, with null (timed out), or with an error of
 * the socket.
 */
class Pending {
  #settle: ((error: Error | null, us: number | null) => void) | undefined;
  #failure: Error | null = null;

  wait(timeoutMs: number): Promise<number | null> {
    if (this.#failure) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      const timer = startTimer(() => this.done(null), timeoutMs);
      this.#settle = (error, us) => {
        this.#settle = undefined;
        timer.cancel();
        if (error) reject(error);
        else resolve(us);
      };
    });
  }

  done(us: number | null): void {
    this.#settle?.(null, us);
  }

  fail(error: Error): void {
    this.#failure ??= error;
    this.#settle?.(error, null);
  }
}

/**
 * TCP without Nagle's delay. A stream cannot lose one exchange and keep the next: a timeout is the
 * end of it.
 */
export async function tcpEchoClient(
  host: string,
  port: number,
  payload: Buffer,
  timeoutMs: number,
): Promise<EchoClient> {
  const pending = new Pending();
  const socket = await connected(host, port, timeoutMs);
  let missing = 0;
  let start = 0;
  socket.on('data', (bytes) => {
    const now = performance.now();
    missing -= bytes.length;
    if (missing === 0) pending.done((now - start) * 1e3);
    else if (missing < 0) pending.fail(new Error('the echo server sent more than it was sent'));
  });
  socket.on('error', (error) => pending.fail(error));
  socket.on('close', () => pending.fail(new Error('the echo server closed the connection')));
  return {
    lossy: false,
    exchange: (limitMs) => {
      const reply = pending.wait(limitMs);
      missing = payload.length;
      start = performance.now();
      socket.write(payload);
      return reply;
    },
    close: () => socket.destroy(),
  };
}

function connected(host: string, port: number, timeoutMs: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true });
    const timer = startTimer(
      () => socket.destroy(new Error(`no connection within ${timeoutMs} ms`)),
      timeoutMs,
    );
    socket.once('error', (error) => {
      timer.cancel();
      reject(error);
    });
    socket.once('connect', () => {
      timer.cancel();
      socket.removeAllListeners('error');
      resolve(socket);
    });
  });
}

/**
 * UDP. The first four payload bytes number the exchange, so a reply that comes after its timeout is
 * not taken for the next.
 */
export async function udpEchoClient(
  host: string,
  port: number,
  payload: Buffer,
): Promise<EchoClient> {
  const pending = new Pending();
  const socket = await connectedUdp(host, port);
  let exchange = 0;
  let start = 0;
  socket.on('message', (bytes) => {
    const now = performance.now();
    if (bytes.length !== payload.length || bytes.readUInt32BE(0) !== exchange) return;
    pending.done((now - start) * 1e3);
  });
  socket.on('error', (error) => pending.fail(error));
  return {
    lossy: true,
    exchange: (limitMs) => {
      exchange = (exchange + 1) >>> 0;
      payload.writeUInt32BE(exchange, 0);
      const reply = pending.wait(limitMs);
      start = performance.now();
      socket.send(payload, (error) => error && pending.fail(error));
      return reply;
    },
    close: () => socket.close(),
  };
}

function connectedUdp(host: string, port: number): Promise<UdpSocket> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.removeListener('error', reject);
      resolve(socket);
    });
    socket.connect(port, host);
  });
}
