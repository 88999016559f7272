import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type CpuCounters,
  cpuCounters,
  cpuFigures,
  NO_CPU_FIGURES,
} from '../../../../bench/probe/cpu-counters.js';
import {
  type HostCounters,
  hostCounters,
  hostGrowth,
} from '../../../../bench/probe/host-counters.js';
import {
  dropsOf,
  udpInodeDrops,
  udpSocketDrops,
  udpUnread,
} from '../../../../src/kernel/udp-sockets.js';

/** A /proc made of the captured files. */
const captured = async (path: string): Promise<string | null> => {
  const name = path.replace('/proc/net/', 'net-');
  return readFileSync(new URL(`../../../fixtures/proc/${name}.txt`, import.meta.url), 'utf8');
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

describe('udpInodeDrops', () => {
  it('gives the drops of the asked sockets, whoever shares their port', async () => {
    expect(await udpInodeDrops(new Set([11_677, 11_679, 5]), captured)).toEqual(
      new Map([
        [11_677, 49],
        [11_679, 0],
      ]),
    );
    const line = (inode: number, drops: number): string =>
      `  1: 4646FFEF:9C41 00000000:0000 07 00000000:00000000 00:00000000 00000000 0 0 ${inode} 2 0000000000000000 ${drops}`;
    const table = [line(11, 3), line(12, 4), line(13, 5), line(11, 3)].join('\n');
    const drops = await udpInodeDrops(new Set([11, 13]), async (path) =>
      path.endsWith('udp') ? table : null,
    );
    expect(drops).toEqual(
      new Map([
        [11, 3],
        [13, 5],
      ]),
    );
  });

  it('is null without /proc', async () => {
    expect(await udpInodeDrops(new Set([1]), without)).toBeNull();
  });
});

describe('udpUnread', () => {
  it('tells whether anything waits at these sockets, by port or by inode', async () => {
    const line = (inode: number, queues: string): string =>
      `  1: 0100007F:9C41 00000000:0000 07 ${queues} 00:00000000 00000000 0 0 ${inode} 2 0000000000000000 5`;
    const read = async (path: string): Promise<string | null> =>
      path.endsWith('udp6')
        ? line(13, '00000000:00000900')
        : [line(11, '00000300:00000000')].join('\n');
    expect(await udpUnread(new Set([40_001]), 'port', read)).toBe(true);
    expect(await udpUnread(new Set([40_002]), 'port', read)).toBe(false);
    // What waits to be sent was not received.
    expect(await udpUnread(new Set([11]), 'inode', read)).toBe(false);
    expect(await udpUnread(new Set([13]), 'inode', read)).toBe(true);
  });

  it('knows of nothing without /proc', async () => {
    expect(await udpUnread(new Set([1]), 'port', without)).toBe(false);
  });
});

describe('dropsOf', () => {
  const line = (inode: number, drops: number, uid = 0): string =>
    `  1: 0100007F:9C41 00000000:0000 07 00000000:00000000 00:00000000 00000000 ${uid} 0 ${inode} 2 0000000000000000 ${drops}`;

  it('gives the drops of one socket, and nothing for one that is not there', () => {
    const table = ['  sl  local_address …', line(11, 3), line(12, 40_000), line(111, 5)].join('\n');
    expect([11, 12, 111, 1, 13].map((inode) => dropsOf(table, inode))).toEqual([
      3,
      40_000,
      5,
      undefined,
      undefined,
    ]);
  });

  it('does not take the number of another column for the inode', () => {
    const table = [line(11, 3, 12), line(12, 4)].join('\n');
    expect(dropsOf(table, 12)).toBe(4);
    expect(dropsOf(line(11, 3, 12), 12)).toBeUndefined();
  });

  it('is what the whole table says, whatever the text is', () => {
    fc.assert(
      fc.property(fc.string(), fc.nat({ max: 20 }), (text, inode) => {
        expect(dropsOf(`${text}\n${line(7, 3)}\n${text}`, 7)).toBe(3);
        expect([undefined, 3]).toContain(dropsOf(`${text}\n${line(7, 3)}`, inode));
      }),
    );
  });
});

describe('hostCounters', () => {
  it('reads UDP errors and TCP retransmissions by name', async () => {
    const read = async (path: string): Promise<string | null> =>
      path === '/proc/stat'
        ? 'cpu  10 0 20 60 5 0 0 5 1 1\ncpu0 1 1 1 1 1 1 1 1\n'
        : captured(path);
    expect(await hostCounters(read)).toEqual({
      udp_rcvbuf_errors: 49,
      udp_sndbuf_errors: 0,
      udp_in_errors: 49,
      tcp_retransmitted_segments: 0,
      cpu: { total: 100, stolen: 5, busy: 30 },
    });
  });

  it('one that this kernel does not tell is unknown, not zero; so are all without /proc', async () => {
    const unknown = {
      udp_rcvbuf_errors: null,
      udp_sndbuf_errors: null,
      udp_in_errors: null,
      tcp_retransmitted_segments: null,
      cpu: null,
    };
    expect(await hostCounters(without)).toEqual(unknown);
    expect(await hostCounters(async () => 'Tcp: InSegs RetransSegs\nTcp: 5 17\n')).toEqual({
      ...unknown,
      tcp_retransmitted_segments: 17,
    });
    expect(await hostCounters(async () => 'Tcp: InSegs\nTcp: 5\nUdp: InErrors\nUdp: 3\n')).toEqual({
      ...unknown,
      udp_in_errors: 3,
    });
  });

  it('survives any text', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string(), async (text) => {
        const counters = await hostCounters(async () => `Udp: ${text}\nUdp: ${text}`);
        for (const value of Object.values({ ...counters, cpu: null }))
          expect(value === null || Number.isSafeInteger(value)).toBe(true);
      }),
    );
  });
});

describe('hostGrowth', () => {
  const counters = (rcvbuf: number | null, segments: number | null, stolen = 5): HostCounters => ({
    cpu: { total: 1_000 + 10 * stolen, stolen, busy: 0 },
    udp_rcvbuf_errors: rcvbuf,
    udp_sndbuf_errors: 1,
    udp_in_errors: 2,
    tcp_retransmitted_segments: segments,
  });

  it('is how much each counter grew, and unknown where either reading is', () => {
    // 8 of 80 ticks.
    expect(hostGrowth(counters(5, null, 5), counters(12, 9, 13))).toEqual({
      cpu_steal_ratio: 0.1,
      udp_rcvbuf_errors: 7,
      udp_sndbuf_errors: 0,
      udp_in_errors: 0,
      tcp_retransmitted_segments: null,
      ...NO_CPU_FIGURES,
    });
  });

  it('is never negative, nor 0: how much a counter grew that began anew is not known', () => {
    expect(hostGrowth(counters(5, 9), counters(2, 9)).udp_rcvbuf_errors).toBeNull();
  });
});

describe('what the CPU of the host did in a window', () => {
  const at = (change: Partial<CpuCounters>): CpuCounters => ({
    at: 0,
    times: { total: 1_000, stolen: 0, busy: 100 },
    pressureMicros: 5_000_000,
    quotas: [],
    linkMicros: 200,
    ...change,
  });

  it('is read from /proc, and unknown where that does not tell', async () => {
    const files: Readonly<Record<string, string>> = {
      '/proc/stat': 'cpu  10 0 20 60 5 0 0 5 1 1\n',
      '/proc/pressure/cpu': 'some avg10=0.00 avg60=0.00 avg300=0.00 total=77\n',
    };
    expect(
      await cpuCounters(
        () => 9,
        async () => 40,
        async (path) => files[path] ?? null,
      ),
    ).toEqual({
      at: 9,
      times: { total: 100, stolen: 5, busy: 30 },
      pressureMicros: 77,
      quotas: [],
      linkMicros: 40,
    });
    const nothing = await cpuCounters(() => 9, undefined, without);
    expect(nothing).toEqual({
      ...{ at: 9, times: null, pressureMicros: null, quotas: [], linkMicros: null },
    });
    expect(cpuFigures(nothing, { ...nothing, at: 10 }, 2)).toEqual(NO_CPU_FIGURES);
  });

  it('is the growth of the counters over the time between the readings', () => {
    const quota = { group: '/cg', cpus: 0.4, periods: 0, throttledPeriods: 0, throttledMicros: 0 };
    // 5 s of 2 CPUs are 1,000 ticks, 600 of them busy; somebody waited for 1.5 s of them.
    const after = at({
      at: 5_000_000,
      times: { total: 2_000, stolen: 0, busy: 700 },
      pressureMicros: 6_500_000,
      // A quarter of a core for 5 s.
      linkMicros: 1_250_200,
      quotas: [{ ...quota, periods: 50, throttledPeriods: 40, throttledMicros: 4_000_000 }],
    });
    expect(cpuFigures(at({ quotas: [quota] }), after, 2)).toEqual({
      cpu_busy_cores: 1.2,
      cpu_link_cores: 0.25,
      cpu_pressure_ratio: 0.3,
      cpu_quota_cores: 0.4,
      cpu_throttled: {
        group: '/cg',
        periods_ratio: 0.8,
        cpu_s: 4,
        window_ratio: 0.4,
      },
    });
  });
});
