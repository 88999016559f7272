import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_CONFIG } from '../../../bench/config.js';
import type { RunEvent } from '../../../bench/events.js';
import type { CellResult, LabResult } from '../../../bench/result/result.js';
import { localServer } from '../../../bench/result/server.js';
import { openSource } from '../../../src/sources/registry.js';
import { freezeFor, inWindow, SUBSCRIBERS } from '../../support/run/faults.js';
import { childrenOf, labRun } from '../../support/run/lab-run.js';
import { take } from '../../support/source/sources.js';

const STOCKS = fileURLToPath(new URL('../../../examples/data/stocks.csv', import.meta.url));

/** What holds in every cell of every run, whatever happened to its messages. */
function expectBooksToAgree(cell: CellResult): void {
  const { ledger, latency_us: latency, series } = cell;
  expect(ledger.expected).toBe(cell.published! * cell.joined);
  expect(cell).toMatchObject({
    expected: ledger.expected,
    delivered: ledger.delivered,
    late: ledger.late,
  });
  expect(cell.delivered! + cell.lost!).toBe(cell.expected);
  expect(
    ledger.delivered! +
      (ledger.send_errors ?? 0) +
      ledger.dropped_by_policy! +
      ledger.conflated! +
      (ledger.kernel_receive_drops ?? 0) +
      ledger.late! +
      ledger.unattributed!,
  ).toBe(ledger.expected);
  expect(latency.count + latency.negative + latency.overflow + (cell.undated ?? 0)).toBe(
    cell.delivered,
  );
  expect(localServer(cell)?.schedule_lag_us.count).toBe(cell.published);
  expect(series.reduce((sum, { delivered }) => sum + delivered, 0)).toBe(cell.delivered);
  expect(series.reduce((sum, { published }) => sum + published, 0)).toBe(cell.published);
  expect(latency.negative).toBe(0);
}

const feedOf = (cell: CellResult): string | null | undefined => localServer(cell)?.feed_sha256;

describe('a run of TCP × UDP, both codecs, twice, with two subscriber processes', () => {
  let result: LabResult;
  const events: RunEvent[] = [];
  beforeAll(async () => {
    result = await labRun(
      {
        transports: ['tcp', 'udp'],
        codecs: ['line-json', 'msgpack'],
        clients: [7],
        ratesPerSecond: [333],
        durationsMs: [400],
        repeat: 2,
        subscriberProcesses: 2,
      },
      { onEvent: (event) => events.push(event) },
    );
  }, 40_000);

  it('gives one cell for each combination and run, complete', () => {
    expect(result.cells).toHaveLength(8);
    expect(result.incomplete).toBe(false);
    expect(new Set(result.cells.map(({ id }) => id)).size).toBe(8);
    expect(result.config.effective.subscriber_processes).toBe(2);
    for (const cell of result.cells) expect(cell.clients_use?.processes).toBe(2);
  });

  it('publishes exactly what the schedule has in the window, and everybody gets all of it', () => {
    // Message n is due at n ÷ 333 s: those of [0.1 s, 0.5 s) are 34 … 166.
    for (const cell of result.cells) {
      expect(cell).toMatchObject({
        joined: 7,
        published: 133,
        expected: 931,
        delivered: 931,
        lost: 0,
      });
    }
  });

  it('keeps books that agree with one another', () => {
    for (const cell of result.cells) expectBooksToAgree(cell);
  });

  it('plays the same feed in every cell, whatever carries it', () => {
    expect(new Set(result.cells.map(feedOf)).size).toBe(1);
    expect(feedOf(result.cells[0]!)).toMatch(/^[0-9a-f]{64}$/);
  });

  it('its feed_sha256 is that of the source, warm-up included, hashed by anybody', async () => {
    const { seed, server, sizes_bytes: sizes } = result.config.effective;
    const { symbols } = server as Extract<typeof server, { kind: 'local' }>;
    const sizeBytes = sizes[0] as number;
    const feed = await openSource('synthetic', { seed, symbols, sizeBytes, loop: true });
    const hash = createHash('sha256');
    // Those due in [0, 0.5 s), at 333 per second.
    for (const { key, value } of await take(feed, 167))
      hash.update(`${JSON.stringify([key, value])}\n`);
    expect(feedOf(result.cells[0]!)).toBe(hash.digest('hex'));
  });

  it('plays another feed with another seed', async () => {
    const { cells } = await labRun({
      seed: 2,
      clients: [1],
      ratesPerSecond: [333],
      durationsMs: [400],
    });
    expect(cells[0]?.published).toBe(133);
    expect(feedOf(cells[0]!)).not.toBe(feedOf(result.cells[0]!));
  });

  it('counts the bytes of the codec alike on both transports, and the header of a datagram beside them', () => {
    for (const codec of ['line-json', 'msgpack']) {
      const ofCodec = result.cells.filter((cell) => cell.codec === codec);
      expect(new Set(ofCodec.map(({ wire }) => wire.message_bytes)).size).toBe(1);
      for (const { transport, wire } of ofCodec) {
        const bare = wire.message_bytes as number;
        const perSend = wire.messages_per_send as number;
        const header = transport === 'udp' ? 36 / perSend : 0;
        expect(Math.abs((wire.bytes_per_delivery as number) - bare - header)).toBeLessThan(1);
      }
    }
  });

  it('memory and CPU are of the workers themselves', () => {
    for (const cell of result.cells) {
      const server = localServer(cell)?.use;
      const { clients_use: clients } = cell;
      expect(server?.rss_peak_bytes).toBeGreaterThanOrEqual(server?.rss_bytes ?? 0);
      // Far below what this process, which forked them, takes with its test runner.
      expect(server?.rss_peak_bytes).toBeLessThan(2 * (server?.rss_bytes ?? 0));
      expect(server?.cpu_us).toBeGreaterThan(0);
      expect(localServer(cell)?.source_cpu_us).toBeGreaterThan(0);
      expect(localServer(cell)!.source_cpu_us).toBeLessThan(server!.cpu_us!);
      expect(clients?.cpu_us).toBeGreaterThan(0);
    }
  });

  it('tells a watcher every cell and its phases in order', () => {
    const ofFirstCell = events.slice(
      events.findIndex(({ type }) => type === 'cell-start'),
      events.findIndex(({ type }) => type === 'cell-end') + 1,
    );
    const phases = ofFirstCell.flatMap((event) => (event.type === 'phase' ? [event.phase] : []));
    expect([...new Set(phases)]).toEqual(['connect', 'warm-up', 'measure', 'drain', 'collect']);
    expect(events.filter(({ type }) => type === 'cell-end')).toHaveLength(8);
    expect(events[0]?.type).toBe('start');
  });

  it.runIf(process.platform === 'linux')('leaves no process behind', async () => {
    expect(await childrenOf(process.pid, 'bench/worker-')).toEqual([]);
  });
});

describe('a feed', () => {
  it('may be a replay at a fixed rate, over the end of the file and on', async () => {
    const { cells } = await labRun({
      source: `replay:${STOCKS}`,
      sizesBytes: [0],
      ratesPerSecond: [2_000],
      warmupMs: 0,
    });
    // 1,000 messages of a file of 560.
    expect(cells[0]).toMatchObject({ published: 1_000, delivered: 10_000 });
    expectBooksToAgree(cells[0]!);
  });

  it('may be a replay at its recorded pace, many times as fast', async () => {
    // Ten years of prices, each month's on its first day, in about 1.05 s: a month takes about 9
    // ms.
    const { cells } = await labRun({
      source: `replay:${STOCKS}`,
      sizesBytes: [0],
      ratesPerSecond: null,
      speed: 3e8,
      warmupMs: 0,
    });
    const cell = cells[0]!;
    expect(cell.rate_per_s).toBeNull();
    // Of 123 months with 4 or 5 prices each, the first 500 ms hold a little less than half.
    expect(cell.published).toBeGreaterThan(200);
    expect(cell.published).toBeLessThan(320);
    expect(cell.delivered).toBe(cell.published! * 10);
    expectBooksToAgree(cell);
  });

  it('may have fewer clients than there are processes', async () => {
    const { cells } = await labRun({ clients: [1], subscriberProcesses: 3, durationsMs: [200] });
    expect(cells[0]).toMatchObject({ joined: 1, delivered: 40, clients_use: { processes: 1 } });
  });
});

describe.runIf(process.platform === 'linux')('UDP into receive buffers that are too small', () => {
  it('loses messages, and every one of them is charged to the kernel', async () => {
    const config = {
      transports: ['udp'],
      clients: [20],
      ratesPerSecond: [5_000],
      durationsMs: [1_000],
      subscriberProcesses: 1,
      transportOptions: { ...DEFAULT_CONFIG.transportOptions, receiveBufferBytes: 2_304 },
      tmaxMs: 1_500,
    };
    // Long enough that the smallest buffer runs over, however fast its reader is.
    const onEvent = inWindow(() => freezeFor(SUBSCRIBERS, 400));
    const { cells } = await labRun(config, { onEvent });
    const cell = cells[0]!;
    expectBooksToAgree(cell);
    expect(cell.lost).toBeGreaterThan(0);
    expect(cell.ledger).toMatchObject({
      kernel_receive_drops: cell.lost! - cell.late!,
      send_errors: 0,
      unattributed: 0,
      balanced: true,
    });
    expect(cell.datagrams?.lost).toBeGreaterThan(0);
    expect(cell.sockets).toMatchObject({
      receive_buffer_requested_bytes: 2_304,
      receive_buffer_bytes: 4_608,
    });
  });
});
