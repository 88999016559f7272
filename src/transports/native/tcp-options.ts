import { closeSync } from 'node:fs';
import type { Socket } from 'node:net';
import { TCP_INFO } from '../../native/layout.js';
import { loadLibc } from '../../native/libc.js';
import { IPPROTO_TCP, SOCK, SocketCalls, systemError } from './socket-calls.js';

/** <linux/tcp.h>: the same on every architecture. */
const TCP_CONGESTION = 13;
const TCP_USER_TIMEOUT = 18;
const TCP_NOTSENT_LOWAT = 25;
/** TCP_CA_NAME_MAX. */
const CONGESTION_BYTES = 16;

/** What a TCP connection has to be told, or asked, that Node has no words for. */
export interface TcpOptions {
  /**
   * Has the system give a connection up when its peer has acknowledged nothing, or had no room, for
   * so many ms.
   */
  setUserTimeout(socket: Socket, ms: number): void;
  /** Has the system take no more while so many bytes are queued that it has not sent once. */
  setNotSentLowWater(socket: Socket, bytes: number): void;
  /**
   * Bytes that the peer's system has acknowledged since the beginning; undefined when nobody tells.
   */
  bytesAcknowledged(socket: Socket): number | undefined;
  /** Has a connection go by it, which `refusesCongestionControl` did not refuse. */
  setCongestionControl(socket: Socket, name: string): void;
  /** Why no socket of this process is given it; undefined where one is. */
  refusesCongestionControl(name: string): string | undefined;
  /** That of a connection; undefined when nobody tells. */
  congestionControl(socket: Socket): string | undefined;
}

const NOBODY_TO_ASK = 'it takes Linux and the optional package koffi';

/**
 * Where there is no such thing: then the system's own limit holds, a quarter of an hour on
 * Linux.
 */
export const NO_TCP_OPTIONS: TcpOptions = {
  setUserTimeout: () => {},
  setNotSentLowWater: () => {},
  bytesAcknowledged: () => undefined,
  setCongestionControl: () => {},
  refusesCongestionControl: () => NOBODY_TO_ASK,
  congestionControl: () => undefined,
};

let loaded: Promise<TcpOptions> | undefined;

/**
 * TCP_USER_TIMEOUT (RFC 5482), TCP_NOTSENT_LOWAT, TCP_CONGESTION and TCP_INFO, see tcp(7), by
 * setsockopt(2) and getsockopt(2) of the C library. They come through koffi, an optional dependency, on Linux; elsewhere and without it,
 * `NO_TCP_OPTIONS`.
 */
export function loadTcpOptions(): Promise<TcpOptions> {
  loaded ??= load().catch(() => NO_TCP_OPTIONS);
  return loaded;
}

async function load(): Promise<TcpOptions> {
  const calls = new SocketCalls(await loadLibc());
  return {
    setUserTimeout: (socket, ms) => {
      const fd = descriptorOf(socket);
      if (fd !== undefined) calls.set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, Math.min(ms, 2 ** 31 - 1));
    },
    setNotSentLowWater: (socket, bytes) => {
      const fd = descriptorOf(socket);
      if (fd !== undefined) calls.set(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, bytes);
    },
    bytesAcknowledged: (socket) => {
      const fd = descriptorOf(socket);
      if (fd === undefined) return undefined;
      const { bytesAcked } = TCP_INFO;
      const info = calls.read(fd, IPPROTO_TCP, TCP_INFO.option, bytesAcked + 8);
      if (info === undefined) return undefined;
      return info.readUInt32LE(bytesAcked) + info.readUInt32LE(bytesAcked + 4) * 2 ** 32;
    },
    setCongestionControl: (socket, name) => {
      const fd = descriptorOf(socket);
      if (fd !== undefined) calls.setText(fd, IPPROTO_TCP, TCP_CONGESTION, name);
    },
    refusesCongestionControl: (name) => {
      const fd = calls.open(4, SOCK.stream);
      try {
        return problemOf(calls.setText(fd, IPPROTO_TCP, TCP_CONGESTION, name));
      } finally {
        closeSync(fd);
      }
    },
    congestionControl: (socket) => {
      const fd = descriptorOf(socket);
      if (fd === undefined) return undefined;
      return calls.readText(fd, IPPROTO_TCP, TCP_CONGESTION, CONGESTION_BYTES);
    },
  };
}

/** What a result of setsockopt(2) means; ENOENT: the kernel has none of this name. */
function problemOf(result: number): string | undefined {
  if (result >= 0) return undefined;
  const { code } = systemError(result, 'setsockopt');
  if (code === 'ENOENT') return 'the kernel has none of this name';
  return code === 'EPERM' ? 'this user may not choose it' : `setsockopt says ${code}`;
}

/** Node does not document it; undefined when it does not tell, or the socket is closed. */
function descriptorOf(socket: Socket): number | undefined {
  const { _handle: handle } = socket as unknown as {
    readonly _handle?: { readonly fd?: number } | null;
  };
  const fd = handle?.fd;
  return fd !== undefined && Number.isInteger(fd) && fd >= 0 ? fd : undefined;
}
