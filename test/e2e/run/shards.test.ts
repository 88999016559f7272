import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { LabResult } from '../../../bench/result/result.js';
import { localServer } from '../../../bench/result/server.js';
import { freePort, workersOf } from '../../support/run/faults.js';
import { codesOf, labRun } from '../../support/run/lab-run.js';

const linux = process.platform === 'linux';

/** TCP ports that somebody on this machine listens at, over IPv4. */
function listening(): number[] {
  const rows = readFileSync('/proc/net/tcp', 'utf8').split('\n').slice(1, -1);
  const sockets = rows.map((row) => row.trim().split(/\s+/));
  return sockets.flatMap(([, local = '', , state]) =>
    state === '0A' ? [Number.parseInt(local.split(':')[1] ?? '', 16)] : [],
  );
}

describe('a run of all transports but multicast, with two server processes', () => {
  let result: LabResult;
  beforeAll(async () => {
    result = await labRun({
      transports: ['tcp', 'udp', 'ws'],
      // As many for each server, so that both weigh alike in the means.
      clients: [8],
      ratesPerSecond: [400],
      shards: 2,
      subscriberProcesses: 2,
    });
  });

  it('has one feed, the same as one server has, and every client gets every message of it once', async () => {
    const [alone] = (await labRun({ clients: [1], ratesPerSecond: [400] })).cells;
    expect(result.config.effective.server).toMatchObject({ kind: 'local', shards: 2 });
    expect(result.cells.map(({ transport }) => transport)).toEqual(['tcp', 'udp', 'ws']);
    for (const cell of result.cells) {
      // Message n is due at n ÷ 400 s: those of [0.1 s, 0.6 s) are 40 … 239.
      expect(cell).toMatchObject({
        joined: 8,
        published: 200,
        expected: 1_600,
        delivered: 1_600,
        lost: 0,
        duplicates: 0,
        corrupt: 0,
        complete: 200,
        incomplete: false,
        server: {
          feed_sha256: localServer(alone!)?.feed_sha256,
          use: { processes: 2 },
          // Each of the two paces the feed by itself.
          schedule_lag_us: { count: 400, negative: 0 },
        },
        clients_use: { processes: 2 },
        ledger: {
          published: 200,
          joined: 8,
          unattributed: 0,
          subscribers_unbalanced: 0,
          balanced: true,
        },
        latency_us: { negative: 0 },
        service_us: { negative: 0 },
      });
      const dated = 1_600 - (cell.undated ?? 0);
      expect([cell.latency_us.count, cell.service_us.count]).toEqual([dated, dated]);
      expect(cell.verified).toBeGreaterThan(0);
      expect(cell.series.reduce((sum, { published }) => sum + published, 0)).toBe(200);
      expect(codesOf(cell)).not.toContain('FEED_MISMATCH');
      // Of every message delivered the bytes were sent by one of them.
      expect(cell.wire.bytes_per_delivery).toBeGreaterThanOrEqual(cell.wire.message_bytes! - 1);
    }
  });

  it('takes the time of publishing from the server that a message came from: latency = service + lag', () => {
    for (const cell of result.cells) {
      const { latency_us: latency, service_us: service } = cell;
      const lag = localServer(cell)!.schedule_lag_us;
      // What arrived while a process stood still has neither, and the lag is of all messages.
      if (cell.undated === 0) expect(latency.mean! - service.mean!).toBeCloseTo(lag.mean!, 6);
      else expect(latency.mean! - service.mean!).toBeGreaterThanOrEqual(0);
    }
  });

  it('does not weigh so few clients, and says so', () => {
    expect(result.cells[0]!.rss_bytes).toMatchObject({
      server_per_client: null,
      server_per_client_reason: expect.stringContaining('fewer than'),
    });
  });
});

describe('a cell with two server processes', () => {
  it.runIf(linux)(
    'has the next port for the second; losing it makes the cell INVALID, without figures, and nothing is left',
    { retry: 2 },
    async () => {
      const port = await freePort();
      const ports: number[] = [];
      const { cells } = await labRun(
        { port, shards: 2, durationsMs: [60_000] },
        {
          onEvent: (event) => {
            if (ports.length > 0 || event.type !== 'phase' || event.phase !== 'measure') return;
            ports.push(...listening());
            process.kill(workersOf('bench/worker-server/main.js')[1]!, 'SIGKILL');
          },
        },
      );
      expect(ports).toEqual(expect.arrayContaining([port, port + 1]));
      expect(cells[0]).toMatchObject({
        incomplete: true,
        expected: null,
        delivered: null,
        server: { use: null },
      });
      expect(codesOf(cells[0]!)).toEqual(['WORKER_DIED']);
      expect(cells[0]!.verdict.reasons[0]!.message).toBe(
        'the server 2 process was killed by SIGKILL',
      );
      expect(workersOf('bench/worker-')).toEqual([]);
    },
  );

  it('interrupted, has books that balance, whatever each of them had published', async () => {
    const stop = new AbortController();
    const { cells } = await labRun(
      { shards: 2, clients: [7], ratesPerSecond: [2_000], durationsMs: [60_000] },
      {
        stop: stop.signal,
        onEvent: (event) => {
          if (event.type === 'interval' && event.deliveredPerSecond > 0) stop.abort();
        },
      },
    );
    const { ledger, delivered } = cells[0]!;
    expect(delivered).toBeGreaterThan(0);
    expect(ledger).toMatchObject({ unattributed: 0, subscribers_unbalanced: 0, balanced: true });
    expect(ledger.expected).toBeLessThanOrEqual(ledger.published! * ledger.joined);
    expect(codesOf(cells[0]!)).toContain('INTERRUPTED');
    expect(codesOf(cells[0]!)).not.toContain('FEED_MISMATCH');
  });

  it('weighs an idle TCP client at some kilobytes', async () => {
    const { cells } = await labRun({
      clients: [1_000],
      ratesPerSecond: [10],
      durationsMs: [200],
      shards: 2,
    });
    const {
      server_per_client: bytes,
      server_per_client_error: error,
      server_per_client_reason: reason,
    } = cells[0]!.rss_bytes;
    // Noise is the machine's: where it exceeds the figure there is none.
    if (bytes === null) {
      expect(reason).toMatch(/noise|did not grow/);
      return;
    }
    expect(reason).toBeNull();
    expect(error).toBeGreaterThan(0);
    expect(error).toBeLessThan(bytes);
    // A socket, its handles and its cursor: no client is kept in less, and none has buffers of its
    // own.
    expect(bytes).toBeGreaterThan(1_000);
    expect(bytes).toBeLessThan(64_000);
  });
});
