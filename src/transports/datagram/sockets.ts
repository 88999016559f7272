import { createSocket, type Socket } from 'node:dgram';
import type { LookupOneOptions } from 'node:dns';
import { closeSync, openSync } from 'node:fs';
import { isIP } from 'node:net';
import { inodeOf } from '../../kernel/udp-sockets.js';

/**
 * A socket of the family of `ip`. Its addresses must be numbers: they are passed on at once,
 * without a turn of the event loop. `shared`: others may be bound to the same address and port
 * (SO_REUSEADDR), as the members of a group are.
 */
export function createUdpSocket(ip: string, shared = false): Socket {
  return createSocket({
    type: isIP(ip) === 6 ? 'udp6' : 'udp4',
    lookup: passOn,
    reuseAddr: shared,
  });
}

function passOn(
  ip: string,
  _options: LookupOneOptions,
  callback: (error: NodeJS.ErrnoException | null, address: string, family: number) => void,
): void {
  callback(null, ip, isIP(ip));
}

/** Settles when `start` has made the socket emit `event`, or an error. */
export function untilReady(
  socket: Socket,
  event: 'listening' | 'connect',
  start: () => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (error?: Error): void => {
      socket.off(event, ready);
      socket.off('error', done);
      if (error === undefined) resolve();
      else reject(error);
    };
    const ready = (): void => done();
    socket.on(event, ready);
    socket.on('error', done);
    start();
  });
}

/** Reads a size from the kernel; null where it cannot be read. */
export function readSize(read: () => number): number | null {
  try {
    return read();
  } catch {
    return null;
  }
}

/**
 * Asks the kernel for a buffer size. What came of it is read back and reported, so a refusal is no
 * error here.
 */
export function askSize(ask: () => void): void {
  try {
    ask();
  } catch {
    // Some systems refuse what is above their limit, Linux cuts it.
  }
}

/**
 * Runs `open`, which opens one socket at once, and tells the socket's inode: the key to its row in
 * /proc/net/udp where the port is none, because others share it. Node does not tell a socket's
 * descriptor, but POSIX gives a new one the lowest that is free: the one that a file has just had.
 * Undefined where it went to somebody else (a thread that opened a file meanwhile), or without
 * /proc.
 */
export function inodeOpenedBy(open: () => void): number | undefined {
  const lowest = lowestFreeDescriptor();
  open();
  return lowest === undefined ? undefined : inodeOf(lowest);
}

function lowestFreeDescriptor(): number | undefined {
  try {
    const descriptor = openSync('/proc/self/stat', 'r');
    closeSync(descriptor);
    return descriptor;
  } catch {
    return undefined;
  }
}
