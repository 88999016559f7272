import type { Socket } from 'node:net';
import { endianness } from 'node:os';

/** Linux, the same on every architecture: <linux/in.h>, <linux/tcp.h>. */
const IPPROTO_TCP = 6;
const TCP_INFO = 11;
const TCP_USER_TIMEOUT = 18;
const INT_BYTES = 4;
/** Of `struct tcp_info`: up to `tcpi_bytes_acked`, a u64 that is there since Linux 4.1. */
const BYTES_ACKED_AT = 120;
const INFO_BYTES = BYTES_ACKED_AT + 8;

/** What a TCP connection has to be told, or asked, that Node has no words for. */
export interface TcpOptions {
  /**
   * Has the system give a connection up when its peer has acknowledged nothing, or had no room, for
   * so many ms.
   */
  setUserTimeout(socket: Socket, ms: number): void;
  /**
   * Bytes that the peer's system has acknowledged since the beginning; undefined when nobody tells.
   */
  bytesAcknowledged(socket: Socket): number | undefined;
}

/**
 * Where there is no such thing: then the system's own limit holds, a quarter of an hour on
 * Linux.
 */
export const NO_TCP_OPTIONS: TcpOptions = {
  setUserTimeout: () => {},
  bytesAcknowledged: () => undefined,
};

let loaded: Promise<TcpOptions> | undefined;

/**
 * TCP_USER_TIMEOUT (RFC 5482) and TCP_INFO, see tcp(7), by setsockopt(2) and getsockopt(2) of the C
 * library. They come through koffi, an optional dependency, on Linux; elsewhere and without it,
 * `NO_TCP_OPTIONS`.
 */
export function loadTcpOptions(): Promise<TcpOptions> {
  loaded ??= load().catch(() => NO_TCP_OPTIONS);
  return loaded;
}

async function load(): Promise<TcpOptions> {
  if (process.platform !== 'linux' || endianness() !== 'LE') return NO_TCP_OPTIONS;
  const { default: koffi } = await import('koffi');
  const library = koffi.load(null);
  const set = library.func(
    'int setsockopt(int fd, int level, int name, const void *value, uint32_t bytes)',
  );
  const get = library.func('int getsockopt(int fd, int level, int name, void *value, void *bytes)');
  const timeout = new Uint32Array(1);
  const info = Buffer.alloc(INFO_BYTES);
  const length = new Uint32Array(1);
  return {
    setUserTimeout: (socket, ms) => {
      const fd = descriptorOf(socket);
      if (fd === undefined) return;
      timeout[0] = Math.min(ms, 2 ** 31 - 1);
      set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, timeout, INT_BYTES);
    },
    bytesAcknowledged: (socket) => {
      const fd = descriptorOf(socket);
      if (fd === undefined) return undefined;
      length[0] = INFO_BYTES;
      if (get(fd, IPPROTO_TCP, TCP_INFO, info, length) !== 0 || length[0] < INFO_BYTES)
        return undefined;
      return info.readUInt32LE(BYTES_ACKED_AT) + info.readUInt32LE(BYTES_ACKED_AT + 4) * 2 ** 32;
    },
  };
}

/** Node does not document it; undefined when it does not tell, or the socket is closed. */
function descriptorOf(socket: Socket): number | undefined {
  const { _handle: handle } = socket as unknown as {
    readonly _handle?: { readonly fd?: number } | null;
  };
  const fd = handle?.fd;
  return fd !== undefined && Number.isInteger(fd) && fd >= 0 ? fd : undefined;
}
