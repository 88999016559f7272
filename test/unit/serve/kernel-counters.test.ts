import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { KernelCounters } from '../../../src/serve/metrics/kernel-counters.js';

const row = (inode: number, drops: number): string =>
  `  1: 0100007F:9C41 00000000:0000 07 00000000:00000000 00:00000000 00000000 0 0 ${inode} 2 0000000000000000 ${drops}`;

/** A /proc that a test sets, over the sockets of transports that it sets too. */
function rig() {
  const proc: Record<string, string> = {};
  const reads: string[] = [];
  const state = { now: 0, sockets: {} as Record<string, (number | undefined)[] | undefined> };
  const counters = new KernelCounters(
    () => Object.entries(state.sockets).map(([name, socketInodes]) => ({ name, socketInodes })),
    () => state.now,
    async (path) => {
      reads.push(path);
      return proc[path] ?? null;
    },
  );
  return {
    proc,
    reads,
    state,
    counters,
    drops: () => counters.receiveDrops('udp', state.sockets.udp),
  };
}

describe('what the kernel counts', () => {
  it('is read once a second at most, whoever asks, and no more than is of use', async () => {
    const { reads, state, counters } = rig();
    await Promise.all([counters.refresh(), counters.refresh()]);
    state.now = 999;
    await counters.refresh();
    expect(reads).toEqual(['/proc/net/netstat']);
    state.now = 1_000;
    state.sockets = { tcp: undefined, udp: [7] };
    await counters.refresh();
    expect(reads.slice(1).sort()).toEqual(['/proc/net/netstat', '/proc/net/udp', '/proc/net/udp6']);
  });

  it('is the sum over the sockets of a transport, in either table, those that are closed by now included', async () => {
    const { proc, state, counters, drops } = rig();
    state.sockets = { udp: [7, 8] };
    expect(drops()).toBeUndefined();
    proc['/proc/net/udp'] = [row(7, 3), row(9, 100)].join('\n');
    proc['/proc/net/udp6'] = row(8, 4);
    await counters.refresh();
    expect(drops()).toBe(7);
    // One that is closed, and one that the table has just missed.
    state.now = 1_000;
    state.sockets = { udp: [8, 10] };
    proc['/proc/net/udp'] = row(10, 1);
    proc['/proc/net/udp6'] = '';
    await counters.refresh();
    expect(drops()).toBe(8);
  });

  it('is unknown where it cannot be told, and never 0', async () => {
    const { proc, state, counters, drops } = rig();
    state.sockets = { udp: [7] };
    await counters.refresh();
    expect([drops(), counters.listen]).toEqual([
      undefined,
      { overflows: undefined, drops: undefined },
    ]);
    state.now = 1_000;
    proc['/proc/net/udp'] = row(7, 3);
    proc['/proc/net/netstat'] = 'TcpExt: SyncookiesSent ListenDrops\nTcpExt: 5 6\n';
    await counters.refresh();
    expect([drops(), counters.listen]).toEqual([3, { overflows: undefined, drops: 6 }]);
    state.sockets = { udp: [7, undefined] };
    expect(drops()).toBeUndefined();
    expect(counters.receiveDrops('tcp', undefined)).toBeUndefined();
  });

  it('has the listeners of this host in the text of a real kernel', async () => {
    const { proc, counters } = rig();
    proc['/proc/net/netstat'] = readFileSync(
      new URL('../../fixtures/proc/net-netstat.txt', import.meta.url),
      'utf8',
    );
    await counters.refresh();
    expect(counters.listen).toEqual({ overflows: 17, drops: 19 });
  });
});
