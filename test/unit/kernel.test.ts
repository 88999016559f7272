import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { udpSnmp, udpSocketDrops } from '../../bench/baseline/kernel.js';

/** A /proc made of the captured files. */
const captured = async (path: string): Promise<string | null> => {
  const name = path.replace('/proc/net/', 'net-');
  return readFileSync(new URL(`../fixtures/proc/${name}.txt`, import.meta.url), 'utf8');
};
const without = async (): Promise<null> => null;

describe('udpSocketDrops', () => {
  it('gives the drops of the asked ports over IPv4 and IPv6, and no others', async () => {
    const drops = await udpSocketDrops(new Set([40_001, 40_002, 5]), captured);
    expect(drops).toEqual(
      new Map([
        [40_001, 49],
        [40_002, 0],
      ]),
    );
  });

  it('adds up sockets that share a port, and counts a socket that is listed twice once', async () => {
    const line = (inode: number, drops: number): string =>
      `  1: 0100007F:9C41 00000000:0000 07 00000000:00000000 00:00000000 00000000 0 0 ${inode} 2 0000000000000000 ${drops}`;
    const table = ['  sl  local_address …', line(11, 3), line(12, 4), line(11, 3)].join('\n');
    const drops = await udpSocketDrops(new Set([40_001]), async (path) =>
      path.endsWith('udp') ? table : null,
    );
    expect(drops).toEqual(new Map([[40_001, 7]]));
  });

  it('is null without /proc', async () => {
    expect(await udpSocketDrops(new Set([1]), without)).toBeNull();
  });

  it('survives any text', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string(), async (text) => {
        expect(await udpSocketDrops(new Set([1]), async () => text)).toBeInstanceOf(Map);
      }),
    );
  });
});

describe('udpSnmp', () => {
  it('reads the counters by name', async () => {
    expect(await udpSnmp(captured)).toEqual({
      inDatagrams: 87,
      inErrors: 49,
      rcvbufErrors: 49,
      sndbufErrors: 0,
    });
  });

  it('is null without /proc and for text without the Udp lines', async () => {
    expect(await udpSnmp(without)).toBeNull();
    expect(await udpSnmp(async () => 'Ip: a\nIp: 1\n')).toBeNull();
  });
});
