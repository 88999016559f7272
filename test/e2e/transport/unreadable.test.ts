/**
 * A filter of system calls (seccomp) that comes in the middle of a feed: a socket that cannot be
 * read any more stays readable, and its client ends instead of trying for ever.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import { loadLibc } from '../../../src/native/libc.js';
import { loadTransport } from '../../../src/transports/registry.js';
import { TestBed } from '../../support/conformance/transport-support.js';

interface Client {
  readonly receiver: 'node' | 'native' | 'virtual';
  readonly transport: 'tcp' | 'udp';
  /** What its error says. */
  readonly says: string;
}

/** What a process of clients came to. */
interface Outcome {
  readonly ends: readonly {
    readonly code: string;
    readonly message: string;
    readonly hint: string;
  }[];
  /** Descriptors open beyond those before the clients. */
  readonly left: number;
}

const built = (path: string): string =>
  JSON.stringify(new URL(`../../../dist/src/${path}`, import.meta.url).href);
const filter = new URL('../../support/net/refuse-calls.mjs', import.meta.url).href;

function program(
  clients: readonly (Client & { port: number })[],
  calls: readonly string[],
): string {
  return `
    import { readdirSync } from 'node:fs';
    import { refuseCalls } from ${JSON.stringify(filter)};
    import { systemClock } from ${built('core/clock.js')};
    import { loadCodec } from ${built('codecs/registry.js')};
    import { loadTransport } from ${built('transports/registry.js')};
    import { NODE_SOCKETS } from ${built('transports/node/node-sockets.js')};
    import { openNativeSockets } from ${built('transports/native/client/native-sockets.js')};
    import { openVirtualSockets } from ${built('transports/native/client/virtual-sockets.js')};
    const clock = systemClock();
    const codec = await loadCodec('line-json');
    const open = async () => ({
      node: NODE_SOCKETS,
      native: await openNativeSockets(clock),
      virtual: await openVirtualSockets(clock),
    });
    const close = ({ native, virtual }) => [native, virtual].forEach((one) => one.close());
    const descriptors = () => readdirSync('/proc/self/fd').length;
    // Whatever is opened once a process is open then.
    close(await open());
    const before = descriptors();
    const sockets = await open();
    const read = async ({ receiver: name, transport, port }) => {
      const { connect } = await loadTransport(transport);
      let reads = 0;
      const receiver = { begin() { reads += 1; }, message() {}, end() {}, control() {} };
      const options = { codec, receiver, clock, sockets: sockets[name] };
      const subscription = await connect({ host: '127.0.0.1', port }, options);
      while (reads < 3) await new Promise((resolve) => setTimeout(resolve, 5));
      return subscription;
    };
    const subscriptions = await Promise.all(${JSON.stringify(clients)}.map(read));
    refuseCalls(${JSON.stringify(calls)}, 1);
    const ends = await Promise.all(subscriptions.map(({ closed }) => closed));
    close(sockets);
    console.log(JSON.stringify({ ends, left: descriptors() - before }));`;
}

async function outcomeOf(clients: readonly Client[], calls: readonly string[]): Promise<Outcome> {
  const beds = {
    tcp: await TestBed.open(await loadTransport('tcp'), 'line-json'),
    udp: await TestBed.open(await loadTransport('udp'), 'line-json'),
  };
  const feed = setInterval(() => {
    for (const { broadcast } of Object.values(beds)) broadcast.publish('k', 'v');
  }, 10);
  const text = program(
    clients.map((one) => ({ ...one, port: beds[one.transport].server.endpoint.port })),
    calls,
  );
  const child = spawn(process.execPath, ['--input-type=module', '-e', text], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => {
    clearInterval(feed);
    child.kill('SIGKILL');
  });
  let said = '';
  child.stdout.on('data', (bytes) => {
    said += String(bytes);
  });
  await once(child, 'close');
  return JSON.parse(said) as Outcome;
}

const libc = await loadLibc().catch(() => undefined);

describe.skipIf(libc === undefined)('clients of a process that may not', () => {
  it.each<[string, readonly string[], readonly Client[]]>([
    [
      'read their sockets',
      ['recvmsg', 'recvmmsg'],
      [
        { receiver: 'node', transport: 'udp', says: 'recvmsg EPERM' },
        { receiver: 'native', transport: 'udp', says: 'recvmsg EPERM' },
        { receiver: 'native', transport: 'tcp', says: 'read EPERM' },
        { receiver: 'virtual', transport: 'udp', says: 'recvmmsg EPERM' },
      ],
    ],
    [
      'wait for them',
      // On AArch64 it is the call that Node itself waits with.
      process.arch === 'x64' ? ['epoll_wait'] : [],
      [
        { receiver: 'native', transport: 'udp', says: 'epoll_wait EPERM' },
        { receiver: 'native', transport: 'tcp', says: 'epoll_wait EPERM' },
        { receiver: 'virtual', transport: 'udp', says: 'epoll_wait EPERM' },
      ],
    ],
  ])('%s any more end, say why, and leave no descriptor', async (_, calls, clients) => {
    if (calls.length === 0) return;
    const { ends, left } = await outcomeOf(clients, calls);
    expect(ends).toEqual(
      clients.map(({ says }) => ({
        code: 'LAB_ERR_CLOSED',
        message: expect.stringContaining(says),
        hint: expect.stringContaining('seccomp'),
      })),
    );
    expect(left).toBe(0);
  });
});
