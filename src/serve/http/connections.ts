import type { ServerResponse } from 'node:http';
import type { Server, Socket } from 'node:net';
import type { Timer } from '../../core/clock.js';
import {
  loadTcpOptions,
  NO_TCP_OPTIONS,
  type TcpOptions,
} from '../../transports/native/tcp-options.js';
import { Liveness } from '../../transports/server/liveness.js';
import type { PeerDeadlines } from '../../transports/server/peer-deadlines.js';
import type { HttpCounters } from '../stats.js';

export interface HttpLimits {
  /**
   * At one time; one more costs the one that has waited for longest, for a request or the next one,
   * its own.
   */
  readonly connections: number;
  /** For the first request of a connection to be there, headers and all. */
  readonly requestMs: number;
  /** The same for a later one, from the answer before it on. */
  readonly keepAliveMs: number;
  /** While something is queued, its peer takes some of it within this. */
  readonly stallMs: number;
}

interface Answering {
  /** Of pipelined requests there are several. */
  requests: number;
  readonly liveness: Liveness;
}

const LOOKS = 8;
const TOO_LATE = 'HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n';

/**
 * Bounds the connections of an HTTP server in number and in time: whoever holds connections open
 * keeps no probe out. Where all are being answered, the oldest makes room. Node's own limits are to
 * be off: they are judged before what has arrived is read.
 */
export function limitConnections(
  server: Server,
  limits: HttpLimits,
  deadlines: PeerDeadlines,
): HttpCounters {
  const counters: HttpCounters = { timedOut: 0, stalled: 0, evicted: 0 };
  /** For a request, by how long. */
  const waiting = new Set<Socket>();
  const answering = new Map<Socket, Answering>();
  const timers = new Map<Socket, Timer>();
  let tcp: TcpOptions = NO_TCP_OPTIONS;
  let looking = false;
  void loadTcpOptions().then((options) => {
    tcp = options;
  });

  server.on('connection', (socket: Socket) => {
    if (waiting.size + answering.size >= limits.connections) makeRoom();
    socket.once('close', () => forget(socket));
    waitForRequest(socket, limits.requestMs);
  });
  // It has come: that others are before it is not a fault of its sender.
  server.on('head', (socket: Socket) => timers.get(socket)?.cancel());
  // What the HTTP server makes no request of has no more time than one that does not come.
  server.on('turn', (socket: Socket) => waitForRequest(socket, limits.requestMs));
  server.on('request', ({ socket }, response: ServerResponse) => {
    response.once('close', () => answered(socket));
    const known = answering.get(socket);
    if (known !== undefined) known.requests += 1;
    if (!waiting.delete(socket)) return;
    timers.get(socket)?.cancel();
    const { stallMs } = limits;
    answering.set(socket, {
      requests: 1,
      liveness: new Liveness(socket, tcp, { stallMs }, deadlines.now()),
    });
    if (!looking) lookLater();
  });
  return counters;

  function waitForRequest(socket: Socket, ms: number): void {
    wait(socket, ms, () => {
      counters.timedOut += 1;
      if (socket.writable) socket.write(TOO_LATE);
    });
  }

  function wait(socket: Socket, ms: number, tooLate: () => void): void {
    waiting.add(socket);
    const timer = deadlines.set(ms, () => {
      tooLate();
      socket.destroy();
    });
    timers.set(socket, timer);
  }

  function answered(socket: Socket): void {
    const known = answering.get(socket);
    if (known === undefined) return;
    known.requests -= 1;
    if (known.requests > 0) return;
    answering.delete(socket);
    // That nothing more comes is not a fault.
    if (!socket.destroyed) wait(socket, limits.keepAliveMs, () => {});
  }

  function makeRoom(): void {
    const [victim] = waiting.size > 0 ? waiting : answering.keys();
    if (victim === undefined) return;
    counters.evicted += 1;
    // Its 'close' comes later than the next connection may.
    forget(victim);
    victim.destroy();
  }

  function forget(socket: Socket): void {
    waiting.delete(socket);
    answering.delete(socket);
    timers.get(socket)?.cancel();
    timers.delete(socket);
  }

  function lookLater(): void {
    looking = true;
    deadlines.set(limits.stallMs / LOOKS, look);
  }

  function look(): void {
    looking = false;
    const now = deadlines.now();
    for (const [socket, { liveness }] of answering) {
      if (liveness.look(now) === undefined) continue;
      counters.stalled += 1;
      forget(socket);
      socket.resetAndDestroy();
    }
    if (answering.size > 0) lookLater();
  }
}
