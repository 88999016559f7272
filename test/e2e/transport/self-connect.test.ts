import { createServer } from 'node:net';
import { expect, it, vi } from 'vitest';
import { loadCodec } from '../../../src/codecs/registry.js';
import { systemClock } from '../../../src/core/clock.js';
import { loadTransport } from '../../../src/transports/registry.js';
import { Recorder, rejection } from '../../support/conformance/transport-support.js';

/** The kernel chooses the port of our side. Here it always chooses the one that is connected to. */
vi.mock('node:net', async (original) => {
  const net = await original<typeof import('node:net')>();
  return {
    ...net,
    createConnection: (options: import('node:net').TcpNetConnectOpts) =>
      net.createConnection({ ...options, localAddress: '127.0.0.1', localPort: options.port }),
  };
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

it.each(['tcp', 'ws'])(
  'a %s client that TCP connects with itself finds nobody there',
  async (name) => {
    const transport = await loadTransport(name);
    const codec = await loadCodec('line-json');
    const endpoint = { host: '127.0.0.1', port: await freePort() };
    const options = { codec, clock: systemClock(), receiver: new Recorder(codec) };
    // An error that a feed answers with another attempt.
    expect(await rejection(transport.connect(endpoint, options))).toBe('LAB_ERR_CONNECT');
    expect(options.receiver.items).toEqual([]);
  },
);
