import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { tcpEchoClient, udpEchoClient } from '../../../bench/probe/echo/client.js';
import { runEcho } from '../../../bench/probe/echo/echo.js';
import { resultSchema } from '../../../bench/result/result.js';

const quick = {
  host: '127.0.0.1',
  sizeBytes: 64,
  count: 50,
  intervalMs: 0,
  timeoutMs: 2_000,
} as const;
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
      expect(result).toMatchObject({ available: true, size_bytes: used, received: 3 });
    }
  });

  it('an address that is not of this machine is not a baseline', async () => {
    const before = children();
    // TEST-NET-3, RFC 5737: assigned to nobody.
    const result = await runEcho({ ...quick, transport, host: '203.0.113.9' });
    expect(result).toMatchObject({ available: false, sent: 0, received: 0, rtt_us: null });
    expect(result.reason).toMatch(/EADDRNOTAVAIL/);
    await expect.poll(children).toBe(before);
  });

  it('something that is not a host is no baseline', async () => {
    const result = await runEcho({ ...quick, transport, host: '-x' });
    expect(result).toMatchObject({ available: false, rtt_us: null });
    expect(result.reason).toContain('not a host name');
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
