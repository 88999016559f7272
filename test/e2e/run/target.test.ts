import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { RunConfig } from '../../../bench/config.js';
import type { CellResult } from '../../../bench/result/result.js';
import { targetServer as targetOf } from '../../../bench/result/server.js';
import { parseTargets, settingsOfServer } from '../../../cli/args/target-flags.js';
import { PACKET } from '../../../src/transports/datagram/wire.js';
import { start } from '../../support/cli/lab.js';
import { UdpRelay } from '../../support/net/udp-relay.js';
import { codesOf, labRun } from '../../support/run/lab-run.js';
import { openShiftedServer } from '../../support/server/shifted-server.js';
import { openTargetServer, type TargetServer } from '../../support/server/target-server.js';

const DURATION_MS = 300;
const CLIENTS = 6;
const HOURS = 3_600e6;

async function targetServer(
  options?: Parameters<typeof openTargetServer>[0],
): Promise<TargetServer> {
  const opened = await openTargetServer(options);
  onTestFinished(() => opened.close());
  return opened;
}

function configOf(urls: readonly string[], change: Partial<RunConfig>): Partial<RunConfig> {
  const targets = parseTargets('--target', urls.join(','));
  const server = { kind: 'target', targets } as const;
  const small = { clients: [CLIENTS], durationsMs: [DURATION_MS], warmupMs: 0 };
  return { ...small, ...change, server, ...settingsOfServer(server) };
}

async function measure(url: string, change: Partial<RunConfig> = {}): Promise<CellResult> {
  const { cells } = await labRun(configOf([url], change));
  expect(cells).toHaveLength(1);
  return cells[0] as CellResult;
}

/** Where nothing bounds it, no figure to compare with. */
function offsetOf(cell: CellResult): { min: number; max: number } {
  const { min, max } = targetOf(cell)?.clock_offset_us ?? { min: null, max: null };
  return { min: min ?? Number.NaN, max: max ?? Number.NaN };
}

function expectBooksToAgree(cell: CellResult): void {
  const { ledger, joined, published, expected, delivered, lost, series } = cell;
  expect(expected).toBe(published! * joined);
  expect(delivered! + lost!).toBe(expected);
  expect(
    ledger.delivered! +
      ledger.dropped_by_policy! +
      (ledger.kernel_receive_drops ?? 0) +
      (ledger.network_lost ?? 0) +
      ledger.late! +
      ledger.unattributed!,
  ).toBe(expected);
  expect(series.reduce((sum, second) => sum + second.published, 0)).toBe(published);
  expect(series.reduce((sum, second) => sum + second.delivered, 0)).toBe(delivered);
}

function expectAllDelivered(cell: CellResult, { published }: TargetServer): void {
  const { fewest, most } = published(DURATION_MS * 1_000);
  expect(cell.published).toBeGreaterThanOrEqual(fewest);
  expect(cell.published).toBeLessThanOrEqual(most);
  expect(cell).toMatchObject({
    joined: CLIENTS,
    delivered: cell.published! * CLIENTS,
    loss_ratio: 0,
  });
  expect(cell).toMatchObject({
    complete: cell.published,
    incomplete: false,
    duplicates: 0,
    late: 0,
  });
  expectBooksToAgree(cell);
}

describe('a server that is already running', () => {
  const cells: CellResult[] = [];
  let target: TargetServer;
  beforeAll(async () => {
    target = await openTargetServer({ transports: ['tcp', 'udp', 'ws'] });
    const { urls } = target.server;
    cells.push(...(await labRun(configOf(urls, { subscriberProcesses: 2 }))).cells);
  }, 30_000);
  afterAll(() => target.close());

  it('gives one cell for each transport, in which every client has what it published in the window', () => {
    expect(cells.map(({ transport }) => transport)).toEqual(['tcp', 'udp', 'ws']);
    for (const cell of cells) {
      expectAllDelivered(cell, target);
      expect(cell.verdict.status).not.toBe('INVALID');
    }
  });

  it('has one epoch, that of its feed, on every transport', () => {
    const epochs = cells.map((cell) => targetOf(cell)?.epochs);
    expect(epochs[0]).toEqual([expect.stringMatching(/^[0-9a-f]{16}$/)]);
    expect(epochs).toEqual(cells.map(() => epochs[0]));
  });

  it('on this machine has latencies, which are service times, and a bound for how far its clock is off', () => {
    for (const cell of cells) {
      const { server, published, latency_us, service_us, completion_us } = cell;
      expect(server).toMatchObject({ same_machine: true, common_clock: true });
      const dated = published! * CLIENTS - (cell.undated ?? 0);
      expect(latency_us.count + latency_us.negative).toBe(dated);
      expect({ ...latency_us, hdr: null }).toEqual({ ...service_us, hdr: null });
      expect(completion_us).not.toBeNull();
      const { min, max } = offsetOf(cell);
      expect(min).toBeLessThanOrEqual(100);
      expect(max).toBeGreaterThanOrEqual(-100);
      expect(min).toBeLessThan(max);
    }
  });

  it('has nothing to say of what only the server knows, and does not call it nought', () => {
    for (const cell of cells) {
      expect(cell).toMatchObject({
        server: { kind: 'target' },
        rate_ratio: null,
        rate_per_s: null,
      });
      expect(cell.size_bytes).toBeNull();
      expect(cell).toMatchObject({
        verified: null,
        staleness_us: null,
        staleness_excess_us: null,
        ceiling: { available: false },
      });
      expect(cell.rss_bytes).toMatchObject({ server: null, server_per_client: null });
      expect(cell.cpu_us_per_delivery.server).toBeNull();
      expect(cell.ledger.send_errors).toBeNull();
      expect(cell.datagrams?.sent ?? null).toBeNull();
      expect(cell.stages_us).toMatchObject({ schedule: null, encode: null, queue: null });
      expect(cell.wire).toMatchObject({ bytes_per_delivery: null, messages_per_send: null });
      expect(cell.wire.message_bytes).toBeGreaterThan(20);
    }
  });
});

describe.each(['tcp', 'udp', 'ws'])('a server over %s whose clock is', (transport) => {
  it.each([
    ['3 ms behind', -3_000],
    ['3 ms ahead', 3_000],
  ])(
    '%s tells it on joining: latencies are corrected, and their error is known',
    async (_, ahead) => {
      const target = await openShiftedServer(transport, ahead);
      onTestFinished(() => target.close());
      const cell = await measure(target.url, { subscriberProcesses: 1 });
      expectBooksToAgree(cell);
      expect(cell.server).toMatchObject({ same_machine: true, common_clock: false });
      expect(codesOf(cell)).toContain('CLOCK_DISAGREES');
      const { clock_correction_us: correction, latency_error_us: error } = targetOf(cell)!;
      const { min, max } = offsetOf(cell);
      // Two readings of one wall clock agree to some 50 µs, on a busy machine to some more.
      expect(min).toBeLessThan(ahead + 500);
      expect(max).toBeGreaterThan(ahead - 500);
      expect(Math.abs(correction! - ahead)).toBeLessThan(error! + 500);
      expect(error).toBeLessThan(2_500);
      const { latency_us, undated, delivered } = cell;
      expect(latency_us.count + latency_us.negative + (undated ?? 0)).toBe(delivered);
      expect(cell.completion_us?.count).toBe(cell.published);
    },
  );
});

it.each([
  ['hours behind', -3 * HOURS],
  ['3 ms ahead', 3_000],
])(
  'stamps %s of the server’s own clock are believed, and not the clock',
  async (_, aheadMicros) => {
    const target = await targetServer({ aheadMicros });
    const cell = await measure(target.url, { subscriberProcesses: 1, codecs: ['msgpack'] });
    expectAllDelivered(cell, target);
    expect(cell.server).toMatchObject({ same_machine: true, common_clock: false });
    expect(codesOf(cell)).toContain('CLOCK_DISAGREES');
    const { min, max } = offsetOf(cell);
    expect(min).toBeLessThan(aheadMicros + 100);
    expect(max).toBeGreaterThan(aheadMicros - 100);
    const { clock_correction_us: correction, latency_error_us: error } = targetOf(cell)!;
    expect(Math.abs(correction! - aheadMicros)).toBeLessThan(error! + 100);
  },
);

it('datagrams that vanish on the way are lost to the network, every one accounted for', async () => {
  const { url } = await targetServer({ transports: ['udp'] });
  const relay = await UdpRelay.to(Number(new URL(url).port));
  onTestFinished(() => relay.close());
  relay.rule = (direction, type, index) =>
    direction === 'down' && type === PACKET.data && index % 10 === 9 ? 'drop' : 'pass';
  const cell = await measure(`udp://127.0.0.1:${relay.port}`, { tmaxMs: 500 });
  expect(cell.lost).toBeGreaterThan(cell.expected! * 0.05);
  expect(cell.lost).toBeLessThan(cell.expected! * 0.2);
  expect(cell.ledger).toMatchObject({
    network_lost: cell.lost,
    unattributed: 0,
    subscribers_unbalanced: 0,
  });
  expect(codesOf(cell)).not.toContain('LEDGER_UNBALANCED');
  expect(cell.datagrams?.lost).toBeGreaterThan(0);
  expectBooksToAgree(cell);
});

it('what the policy of the server skips is known from its notices', async () => {
  // Bursts longer than what is retained: the rest of each is gone before anybody can be sent it.
  const { url } = await targetServer({ burst: 40, retention: { messages: 16, bytes: 1e6 } });
  const cell = await measure(url);
  expect(cell.delivered).toBeGreaterThan(0);
  expect(cell.lost).toBeGreaterThan(cell.expected! / 3);
  expect(cell.ledger).toMatchObject({
    dropped_by_policy: cell.lost,
    network_lost: 0,
    unattributed: 0,
  });
  expectBooksToAgree(cell);
});

it('a server that gets further behind is INVALID, not short of messages', async () => {
  // Its clock goes at half the speed of ours: at Tmax it is still in the window.
  const { url } = await targetServer({ pace: 1 / 2 });
  const cell = await measure(url, { tmaxMs: 200 });
  expect(cell.published).toBeGreaterThan(0);
  expect(codesOf(cell)).toContain('TARGET_BEHIND');
  expectBooksToAgree(cell);
});

describe('a server that fails', () => {
  it('and publishes nothing has no window, and the cell says so', async () => {
    const { url, silence } = await targetServer();
    silence();
    const cell = await measure(url, { tmaxMs: 200 });
    expect(cell).toMatchObject({ published: 0, delivered: 0, loss_ratio: null });
    expect(codesOf(cell)).toContain('NOTHING_DELIVERED');
  });

  it('and stands still in the window is not taken for one that had nothing to say', async () => {
    const { url, silence } = await targetServer();
    let seen = false;
    const { cells } = await labRun(configOf([url], { durationsMs: [2_500], tmaxMs: 200 }), {
      onEvent: (event) => {
        if (seen || event.type !== 'interval' || event.elapsedSeconds < 0.1) return;
        seen = true;
        silence();
      },
    });
    const [cell] = cells as [CellResult];
    expect(cell.delivered).toBeGreaterThan(0);
    expect(codesOf(cell)).toContain('TARGET_SILENT');
  });

  it('and is killed in the window ends the cell there, INVALID', async () => {
    const child = start([
      'serve',
      '--transport',
      'tcp',
      '--port',
      '0',
      '--http-port',
      '0',
      '--rate',
      '500',
    ]);
    onTestFinished(() => void child.kill('SIGKILL'));
    let said = '';
    while (!/tcp:\/\/[\d.]+:\d+/.test(said)) said += String((await once(child.stderr!, 'data'))[0]);
    const url = /tcp:\/\/[\d.]+:\d+/.exec(said)![0];
    const { cells, incomplete } = await labRun(configOf([url], { durationsMs: [600_000] }), {
      onEvent: (event) =>
        event.type === 'phase' && event.phase === 'measure' && child.kill('SIGKILL'),
    });
    const [cell] = cells as [CellResult];
    expect([incomplete, cell.incomplete, cell.verdict.status]).toEqual([true, true, 'INVALID']);
    const reason = cell.verdict.reasons.find(({ code }) => code === 'SUBSCRIBERS_CUT');
    expect(reason?.message).toMatch(/6 × LAB_ERR_/);
  });

  it('or is not there, or not for everybody, says why', async () => {
    const { url, close } = await targetServer({ maxClients: 4 });
    const cell = await measure(url);
    expect(cell.joined).toBe(4);
    const reason = cell.verdict.reasons.find(({ code }) => code === 'READINESS_INCOMPLETE');
    expect(reason?.message).toMatch(/^only 4 of 6 clients .*: 2 × /);
    await close();
    await expect(measure(url)).rejects.toMatchObject({ code: 'LAB_ERR_CONNECT' });
  });
});

it('Ctrl-C in the window ends it there, and what there was is accounted for', async () => {
  const { url } = await targetServer();
  const stop = new AbortController();
  const { cells } = await labRun(configOf([url], { durationsMs: [600_000] }), {
    stop: stop.signal,
    onEvent: (event) => event.type === 'phase' && event.phase === 'measure' && stop.abort(),
  });
  const [cell] = cells as [CellResult];
  expect(cell.incomplete).toBe(true);
  expect(codesOf(cell)).toContain('INTERRUPTED');
  expect(cell.published).toBeGreaterThan(0);
  expect(cell.delivered).toBe(cell.expected);
  expectBooksToAgree(cell);
});
