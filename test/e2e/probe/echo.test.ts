import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { tcpEchoClient, udpEchoClient } from '../../../bench/probe/echo/client.js';
import { runEcho } from '../../../bench/probe/echo/echo.js';
import { EchoProcess } from '../../../bench/probe/echo/process.js';
import { resultSchema } from '../../../bench/result/result.js';
import { loadLibc } from '../../../src/native/libc.js';

const quick = {
  host: '127.0.0.1',
  sizeBytes: 64,
  count: 50,
  intervalMs: 0,
  timeoutMs: 2_000,
} as const;
/** What there is to make an echo with here. */
const best = await loadLibc().then(
  () => 'native' as const,
  () => 'node' as const,
);
const children = (): number =>
  process.getActiveResourcesInfo().filter((name) => name === 'ProcessWrap').length;

describe.each(['tcp', 'udp'] as const)('runEcho over %s', (transport) => {
  it('counts every exchange on the loopback and leaves no process behind', async () => {
    const before = children();
    const result = await runEcho({ ...quick, transport });
    resultSchema.shape.baselines.shape.echo.shape[transport].parse(result);
    expect(result).toMatchObject({
      available: true,
      reason: null,
      sent: 50,
      received: 50,
      size_bytes: 64,
      via: best,
    });
    const { min, avg, p50, max, mdev } = result.rtt_us!;
    expect(min > 0 && min <= p50 && p50 <= max && min <= avg && avg <= max).toBe(true);
    expect(mdev).toBeGreaterThanOrEqual(0);
    expect(mdev).toBeLessThanOrEqual(max - min);
    await expect.poll(children).toBe(before);
  });

  it('carries payloads of any size and reports the one it used', async () => {
    const most = transport === 'tcp' ? 1_048_576 : 65_507;
    const sizes = { 0: 4, 100000: Math.min(100_000, most), 9999999: most };
    for (const [sizeBytes, used] of Object.entries(sizes)) {
      const result = await runEcho({ ...quick, transport, count: 3, sizeBytes: Number(sizeBytes) });
      // What fills the buffers both ways would have two ends that block wait for each other.
      const via = transport === 'udp' || used <= 16_384 ? best : 'node';
      expect(result).toMatchObject({ available: true, size_bytes: used, received: 3, via });
    }
  });

  it('an address that is not of this machine is not a baseline', async () => {
    const before = children();
    // TEST-NET-3, RFC 5737: assigned to nobody.
    const result = await runEcho({ ...quick, transport, host: '203.0.113.9' });
    expect(result).toMatchObject({
      available: false,
      sent: 0,
      received: 0,
      rtt_us: null,
      via: null,
    });
    expect(result.reason).toMatch(/EADDRNOTAVAIL/);
    await expect.poll(children).toBe(before);
  });

  it('something that is not a host is no baseline', async () => {
    const result = await runEcho({ ...quick, transport, host: '-x' });
    expect(result).toMatchObject({ available: false, rtt_us: null });
    expect(result.reason).toContain('not a host name');
  });
});

describe.runIf(best === 'native')('exchanges by system calls', () => {
  const limits = { count: 3, warmup: 0, intervalMs: 0, timeoutMs: 300, giveUpAfter: 5 };
  const role = { kind: 'client', ip: '127.0.0.1', sizeBytes: 8, ...limits } as const;

  it('over UDP that are lost count as begun alone, and a late reply is not taken for the next', async () => {
    const server = createSocket('udp4');
    const held: Buffer[] = [];
    server.on('message', (bytes, from) => {
      // The first is answered when the second arrives, which is not; the third at once.
      held.push(Buffer.from(bytes));
      if (held.length > 1) server.send(held[held.length === 2 ? 0 : 2]!, from.port, from.address);
    });
    server.bind(0, '127.0.0.1');
    await once(server, 'listening');
    const client = new EchoProcess({ ...role, transport: 'udp', port: server.address().port });
    const { sent, samples } = await client.exchanged(undefined);
    expect([sent, samples.length]).toEqual([3, 1]);
    await client.end();
    server.close();
  });

  it('over UDP end after so many lost replies in a row', async () => {
    const server = createSocket('udp4');
    server.bind(0, '127.0.0.1');
    await once(server, 'listening');
    const client = new EchoProcess({
      ...role,
      transport: 'udp',
      port: server.address().port,
      count: 1_000,
      timeoutMs: 20,
    });
    expect(await client.exchanged(undefined)).toEqual({ sent: 5, samples: [] });
    await client.end();
    server.close();
  });

  it('that are stopped are those until then', async () => {
    const server = createSocket('udp4');
    const stop = new AbortController();
    let heard = 0;
    server.on('message', (bytes, from) => {
      heard += 1;
      server.send(bytes, from.port, from.address);
      if (heard === 30) stop.abort();
    });
    server.bind(0, '127.0.0.1');
    await once(server, 'listening');
    const client = new EchoProcess({
      ...role,
      transport: 'udp',
      port: server.address().port,
      count: 1_000_000,
      timeoutMs: 5_000,
    });
    const { sent, samples } = await client.exchanged(stop.signal);
    expect(sent).toBeGreaterThanOrEqual(30);
    expect([sent, samples.length]).toEqual([heard, heard]);
    await client.end();
    server.close();
  });

  it('over TCP are whole only when every byte is back', async () => {
    const server = createServer({ noDelay: true }, (socket) => {
      socket.on('error', () => socket.destroy());
      socket.on('data', (bytes) => {
        for (const byte of bytes) socket.write(Buffer.of(byte));
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const client = new EchoProcess({ ...role, transport: 'tcp', port, timeoutMs: 5_000 });
    const { sent, samples } = await client.exchanged(undefined);
    expect([sent, samples.length]).toEqual([3, 3]);
    await client.end();
    server.close();
  });

  it.each([
    ['closed', /closed|ECONNRESET/, (port: number) => port],
    ['refused', /ECONNREFUSED/, () => 1],
  ])('over TCP fail when the connection is %s', async (_, message, portOf) => {
    const server = createServer((socket) => socket.on('data', () => socket.destroy()));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const client = new EchoProcess({ ...role, transport: 'tcp', port: portOf(port) });
    await expect(client.exchanged(undefined)).rejects.toThrow(message);
    await client.end();
    server.close();
  });
});

describe('an exchange', () => {
  it('over UDP that is lost is null, and its late reply is not taken for the next', async () => {
    const server = createSocket('udp4');
    let first: Buffer | undefined;
    server.on('message', (bytes, from) => {
      // The first is answered only when the second arrives; the second never; the third at once.
      if (first === undefined) first = bytes;
      else server.send(bytes[3] === 2 ? first : bytes, from.port, from.address);
    });
    server.bind(0, '127.0.0.1');
    await once(server, 'listening');
    const client = await udpEchoClient('127.0.0.1', server.address().port, Buffer.alloc(8));
    expect(await client.exchange(50)).toBeNull();
    expect(await client.exchange(50)).toBeNull();
    expect(await client.exchange(5_000)).toBeGreaterThan(0);
    client.close();
    server.close();
  });

  it('over TCP is whole only when every byte is back', async () => {
    let pieces = 0;
    const server = createServer({ noDelay: true }, (socket) => {
      socket.on('data', (bytes) => {
        for (const byte of bytes) {
          pieces++;
          socket.write(Buffer.of(byte));
        }
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const client = await tcpEchoClient('127.0.0.1', port, Buffer.alloc(10), 5_000);
    expect(await client.exchange(5_000)).toBeGreaterThan(0);
    expect(pieces).toBe(10);
    client.close();
    server.close();
  });

  it('over TCP fails when the server goes away', async () => {
    const server = createServer((socket) => socket.on('data', () => socket.destroy()));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const client = await tcpEchoClient('127.0.0.1', port, Buffer.alloc(10), 5_000);
    await expect(client.exchange(5_000)).rejects.toThrow(/closed|ECONNRESET/);
    client.close();
    server.close();
  });
});
