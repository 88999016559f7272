/** System calls of native sockets that fail as the kernel, or a filter, may let them fail. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { loadCodec } from '../../../src/codecs/registry.js';
import { systemClock } from '../../../src/core/clock.js';
import { type Libc, loadLibc } from '../../../src/native/libc.js';
import type { StreamSocket } from '../../../src/transports/client-sockets.js';
import {
  type NativeSockets,
  openNativeSockets,
} from '../../../src/transports/native/client/native-sockets.js';
import { WildcardSocket } from '../../../src/transports/native/wildcard-socket.js';
import { loadTransport } from '../../../src/transports/registry.js';
import { until } from '../../support/conformance/transport-support.js';

const [EPERM, EINTR, EMFILE, ENOSPC] = [-1, -4, -24, -28];
const [ECONNRESET, ECONNREFUSED] = [-104, -111];

/** What fails, looked up at every call. */
const { faults } = vi.hoisted(() => ({ faults: {} as Partial<Record<keyof Libc, unknown>> }));

vi.mock('../../../src/native/libc.js', async (original) => {
  const library = await original<typeof import('../../../src/native/libc.js')>();
  const libc = await library.loadLibc().catch(() => undefined);
  if (libc === undefined) return library;
  const failing = new Proxy(libc, {
    get: (calls, name: keyof Libc) => faults[name] ?? calls[name],
  });
  return { ...library, loadLibc: async () => failing };
});

const clock = systemClock();
const libc = await loadLibc().catch(() => undefined);
const descriptors = (): number => readdirSync('/proc/self/fd').length;

/** Fails every second time. */
function everySecond(name: 'epollWait' | 'recvmsg' | 'send', errno: number): void {
  const call = (libc as Libc)[name] as (...values: number[]) => number;
  let calls = 0;
  faults[name] = (...values: number[]): number => {
    calls += 1;
    return calls % 2 === 1 ? errno : call(...values);
  };
}

/** What a connection was told. */
interface Told {
  readonly socket: StreamSocket;
  connected: boolean;
  text: string;
  ended: boolean;
  readonly errors: NodeJS.ErrnoException[];
}

function connect(sockets: NativeSockets, port: number): Told {
  const area = Buffer.allocUnsafeSlow(64 * 1024);
  const told: Omit<Told, 'socket'> = { connected: false, text: '', ended: false, errors: [] };
  const socket = sockets.openStream(
    { host: '127.0.0.1', port, area, nextAddressMs: 1_000 },
    {
      onConnect: () => {
        told.connected = true;
      },
      onRead: (length) => {
        told.text += area.toString('latin1', 0, length);
      },
      onEnd: () => {
        told.ended = true;
      },
      onError: (error) => {
        told.errors.push(error);
        socket.destroy();
      },
    },
  );
  return Object.assign(told, { socket });
}

/** A server of this process, which says back what it is told. */
async function echo(): Promise<{ port: number; accepted: Socket[] }> {
  const accepted: Socket[] = [];
  const server = createServer((socket) => {
    accepted.push(socket.on('error', () => {}));
    socket.pipe(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of accepted) socket.destroy();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, accepted };
}

afterEach(() => {
  for (const name of Object.keys(faults) as (keyof Libc)[]) delete faults[name];
});

describe.skipIf(libc === undefined)('a native socket', () => {
  it.each(['epollWait', 'recvmsg', 'send'] as const)(
    'loses nothing and ends nothing where signals interrupt %s',
    async (name) => {
      const { port } = await echo();
      const sockets = await openNativeSockets(clock);
      everySecond(name, EINTR);
      const told = connect(sockets, port);
      await until(() => told.connected, 'the connection');
      const text = Array.from({ length: 200 }, (_, i) => `message ${i}\n`);
      for (const one of text) told.socket.write(Buffer.from(one));
      await until(() => told.text.length >= text.join('').length, 'the echo');
      expect(told).toMatchObject({ text: text.join(''), errors: [], ended: false });
      told.socket.destroy();
      sockets.close();
    },
  );

  it('that is reset between the wait and the read tells it once, and leaves no descriptor', async () => {
    const { port, accepted } = await echo();
    const before = descriptors();
    const sockets = await openNativeSockets(clock);
    const told = connect(sockets, port);
    await until(() => told.connected && accepted.length === 1, 'the connection');
    const { recvmsg } = libc as Libc;
    faults.recvmsg = (fd: number, message: number, flags: number): number => {
      // It was readable, and is reset before it is read.
      accepted[0]?.resetAndDestroy();
      faults.recvmsg = () => ECONNRESET;
      return recvmsg(fd, message, flags);
    };
    told.socket.write(Buffer.from('x'));
    await until(() => told.errors.length > 0, 'the reset');
    expect(told.errors.map(({ code }) => code)).toEqual(['ECONNRESET']);
    sockets.close();
    await until(() => descriptors() === before, 'no descriptor more than before');
  });

  it.each<[string, Partial<Libc>, string]>([
    ['no descriptor is left', { socket: () => EMFILE }, 'EMFILE'],
    ['no more sockets may be watched', { epollCtl: () => ENOSPC }, 'ENOSPC'],
    ['a filter refuses to watch it', { epollCtl: () => EPERM }, 'EPERM'],
  ])(
    'that cannot be made as %s fails alone, leaves no descriptor, and the next is served',
    async (_, calls, code) => {
      const { port } = await echo();
      const sockets = await openNativeSockets(clock);
      const first = connect(sockets, port);
      await until(() => first.connected, 'the connection');
      const before = descriptors();
      Object.assign(faults, calls);
      const failed = connect(sockets, port);
      await until(() => failed.errors.length > 0, 'the failure');
      expect(failed.errors.map((error) => error.code)).toEqual([code]);
      await expect(sockets.openDatagram('127.0.0.1', port)).rejects.toMatchObject({ code });
      // Where the connection was made before it could not be watched, the other side ends too.
      await until(() => descriptors() === before, 'no descriptor more than before');
      for (const name of Object.keys(calls) as (keyof Libc)[]) delete faults[name];
      const next = connect(sockets, port);
      for (const { socket } of [first, next]) socket.write(Buffer.from('still here'));
      await until(() => first.text === 'still here' && next.text === first.text, 'both echoes');
      for (const { socket } of [first, next]) socket.destroy();
      sockets.close();
    },
  );

  it.each(['recvmsg', 'epollWait'] as const)(
    'whose %s is refused from some time on tells it instead of trying on',
    async (name) => {
      const { port } = await echo();
      const peer = createSocket('udp4').bind(0, '127.0.0.1');
      await once(peer, 'listening');
      onTestFinished(() => void peer.close());
      const before = descriptors();
      const sockets = await openNativeSockets(clock);
      const stream = connect(sockets, port);
      const datagram = await sockets.openDatagram('127.0.0.1', peer.address().port);
      const errors: (string | undefined)[] = [];
      const handler = {
        onDatagram: () => {},
        // One may be of one datagram.
        onError: () => {},
        onFailure: ({ code }: NodeJS.ErrnoException) => {
          errors.push(code);
          datagram.close();
        },
      };
      datagram.handler = handler;
      await until(() => stream.connected, 'the connection');
      faults[name] = () => EPERM;
      stream.socket.write(Buffer.from('x'));
      peer.send('x', datagram.localPort, '127.0.0.1');
      await until(() => stream.errors.length > 0 && errors.length > 0, 'both errors');
      expect([stream.errors[0]?.code, ...errors]).toEqual(['EPERM', 'EPERM']);
      sockets.close();
      // The side that accepted ends too.
      await until(() => descriptors() === before, 'no descriptor more than before');
    },
  );

  it('whose reads fail now and then, as after an ICMP message, goes on', async () => {
    const peer = createSocket('udp4').bind(0, '127.0.0.1');
    await once(peer, 'listening');
    onTestFinished(() => void peer.close());
    const sockets = await openNativeSockets(clock);
    const datagram = await sockets.openDatagram('127.0.0.1', peer.address().port);
    everySecond('recvmsg', ECONNREFUSED);
    let datagrams = 0;
    let errors = 0;
    datagram.handler = {
      onDatagram: () => {
        datagrams += 1;
      },
      onError: () => {
        errors += 1;
      },
      onFailure: (error) => {
        throw error;
      },
    };
    for (let i = 1; i <= 40; i++) {
      peer.send('x', datagram.localPort, '127.0.0.1');
      await until(() => datagrams === i, 'the datagram');
    }
    expect(errors).toBeGreaterThanOrEqual(40);
    datagram.close();
    sockets.close();
  });

  it('that can no more be told apart from others in the wait ends, and leaves no descriptor', async () => {
    const { port, accepted } = await echo();
    const before = descriptors();
    const sockets = await openNativeSockets(clock);
    const [writes, leaves] = [connect(sockets, port), connect(sockets, port)];
    await until(() => writes.connected && leaves.connected && accepted.length === 2, 'both');
    for (const socket of accepted) socket.pause();
    faults.epollCtl = () => EPERM;
    // Until the kernel takes no more: it is to be told when it does again.
    for (let i = 0; i < 200 && writes.errors.length === 0; i++)
      writes.socket.write(Buffer.alloc(64 * 1024));
    expect(writes.errors.map(({ code }) => code)).toEqual(['EPERM']);
    leaves.socket.destroy();
    sockets.close();
    for (const socket of accepted) socket.destroy();
    await until(() => descriptors() === before, 'no descriptor more than before');
  });

  it('on every address that cannot be read any more tells it once, and is not looked at again', async () => {
    const before = descriptors();
    const socket = await WildcardSocket.open(4, 0, 65_536);
    const failures: (string | undefined)[] = [];
    socket.onFailure = ({ code }) => failures.push(code);
    let calls = 0;
    faults.recvmsg = () => {
      calls += 1;
      return EPERM;
    };
    const peer = createSocket('udp4');
    onTestFinished(() => void peer.close());
    peer.send('x', socket.port, '127.0.0.1');
    await until(() => failures.length > 0, 'the failure');
    const tried = calls;
    for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect([failures, calls]).toEqual([['EPERM'], tried]);
    socket.close();
    await expect(WildcardSocket.open(4, 0, 65_536)).rejects.toMatchObject({
      code: 'LAB_ERR_NATIVE',
      message: expect.stringContaining('recvmsg EPERM'),
    });
    // One is that of the peer.
    await until(() => descriptors() <= before + 1, 'no descriptor more than before');
  });

  it.each(['tcp', 'ws', 'udp', 'udp-multicast'])(
    'of %s that finds no descriptor left says how to get more',
    async (name) => {
      const sockets = await openNativeSockets(clock);
      const transport = await loadTransport(name);
      faults.socket = () => EMFILE;
      const host = name === 'udp-multicast' ? '239.255.70.99' : '127.0.0.1';
      const codec = await loadCodec('line-json');
      const receiver = { begin() {}, message() {}, end() {}, control() {} };
      const joining = transport.connect({ host, port: 7_499 }, { codec, receiver, clock, sockets });
      await expect(joining).rejects.toMatchObject({
        message: expect.stringContaining('EMFILE'),
        hint: expect.stringContaining('ulimit -n'),
      });
      sockets.close();
    },
  );
});
