/** `lab run --link`: what a cell behind an emulated link tells of it. */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { DEFAULT_CONFIG } from '../../../bench/config.js';
import type { CellResult, LabResult } from '../../../bench/result/result.js';
import { whyNoLink } from '../../support/link/link-rig.js';
import {
  atPhase,
  cellByCell,
  SERVER,
  SUBSCRIBERS,
  signalWorkers,
} from '../../support/run/faults.js';
import { childrenOf, codesOf, labRun } from '../../support/run/lab-run.js';

const DELAY_MICROS = 20_000;
const LINK = 'delay=20ms/loss=2%';

const reason = await whyNoLink();
const title = `a run behind a link${reason === undefined ? '' : ` (skipped: ${reason})`}`;

describe.skipIf(reason !== undefined)(title, () => {
  it('holds the feed up with policy block, until Tmax and no longer, and accounts for all of it', async () => {
    const result = await labRun({
      ...DEFAULT_CONFIG,
      transports: ['tcp'],
      codecs: ['line-json'],
      clients: [2],
      ratesPerSecond: [2_000],
      sizesBytes: [1_000],
      durationsMs: [1_000],
      warmupMs: 100,
      tmaxMs: 500,
      links: ['down.rate=1mbit'],
      policies: ['block'],
      baselines: false,
    });
    const [cell] = result.cells as [CellResult];
    const blocked = cell.verdict.reasons.find(({ code }) => code === 'FEED_BLOCKED');
    expect(blocked).toMatchObject({ severity: 'INVALID' });
    expect(codesOf(cell)).not.toContain('SEND_LAG_HIGH');
    expect(cell.rate_ratio).toBeLessThan(0.9);
    expect(cell.ledger).toMatchObject({ dropped_by_policy: 0, conflated: 0, balanced: true });
  }, 60_000);

  describe('with and without repair', () => {
    let result: LabResult;
    let left: number[];
    beforeAll(async () => {
      result = await labRun({
        ...DEFAULT_CONFIG,
        transports: ['tcp', 'udp'],
        codecs: ['line-json'],
        clients: [20],
        ratesPerSecond: [200],
        durationsMs: [1_500],
        warmupMs: 300,
        links: [LINK],
        repairs: ['none', 'nak'],
        congestions: ['reno'],
      });
      left = await childrenOf(process.pid);
    }, 60_000);

    it('charges UDP exactly what the link dropped, and TCP nothing; its ping has the distance', () => {
      expect(result.config.effective.server).toMatchObject({ links: [LINK] });
      expect(result.links).toMatchObject([{ name: LINK, specification: LINK, source: null }]);
      const way = { delay_us: DELAY_MICROS, loss_ratio: 0.02, burst: null };
      expect(result.links[0]!.asked).toEqual({ up: way, down: way, else: '' });
      expect(result.links[0]!.ping.rtt_us?.min).toBeGreaterThanOrEqual(2 * DELAY_MICROS);
      const [tcp, udp] = result.cells as [CellResult, CellResult];
      for (const cell of [tcp, udp]) {
        expectLink(cell);
        expect(codesOf(cell)).not.toContain('LINK_UNVERIFIED');
      }
      expect(udp.lost).toBeGreaterThan(0);
      expect(udp.ledger).toMatchObject({
        network_lost: udp.link_counts!.dropped_messages,
        unattributed: 0,
        balanced: true,
      });
      expect(tcp).toMatchObject({ lost: 0, ledger: { network_lost: 0 } });
      expect([tcp, udp].map(({ sockets }) => sockets.congestion_control)).toEqual(['reno', null]);
      expect(tcp.link_counts!.dropped_segments).toBeGreaterThan(0);
      expect(left).toEqual([]);
    });

    it('brings with repair what it dropped, late and counted, and its books are balanced', () => {
      const [, without, cell] = result.cells as [CellResult, CellResult, CellResult];
      expect([without.server, without.repairs]).toMatchObject([{ repair: 'none' }, null]);
      expect(without.lost).toBeGreaterThan(0);
      expect(cell).toMatchObject({ server: { repair: 'nak' }, duplicates: 0, corrupt: 0 });
      expect(cell.ledger).toMatchObject({ unattributed: 0, balanced: true });
      const { repaired, repair_us, naks, naks_received, sent, gone } = cell.repairs!;
      // Those of the warm-up's end are repaired in the window.
      expect(repaired).toBeGreaterThanOrEqual(cell.link_counts!.dropped_messages! - cell.lost!);
      // On a busy machine some come after their deadline, and are late.
      const { late, network_lost } = cell.ledger;
      expect(cell.lost).toBe(late! + network_lost!);
      expect(cell.lost!).toBeLessThan(without.lost! / 2);
      expect(repair_us.p50).toBeGreaterThanOrEqual(2 * DELAY_MICROS);
      expect(naks).toBeGreaterThan(0);
      expect(naks_received).toBeGreaterThan(0);
      expect(sent).toBeGreaterThan(0);
      expect(gone).toBe(0);
    });
  });

  it('loses the cell whose server or subscribers are killed, and nothing else', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lab-link-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const trace = join(folder, 'a.down');
    writeFileSync(trace, '1\n2\n');
    const link = `delay=1ms/down.trace=${trace}`;
    const killed = (script: string) => atPhase('measure', () => signalWorkers(script, 'SIGKILL'));
    const { cells, links } = await labRun(
      { links: [link], repeat: 3 },
      // What stands there for later cells is read once.
      {
        onEvent: cellByCell(killed(SERVER), killed(SUBSCRIBERS), () =>
          rmSync(trace, { force: true }),
        ),
      },
    );
    const down = createHash('sha256').update('1\n2\n').digest('hex');
    expect(links).toMatchObject([{ name: link, traces: { up: null, down } }]);
    for (const cell of cells) expect(cell).toMatchObject({ link, link_traces: { up: null, down } });
    const [server, subscribers, sound] = cells as [CellResult, CellResult, CellResult];
    for (const cell of [server, subscribers]) {
      expect(cell.verdict.status).toBe('INVALID');
      expect(codesOf(cell)).toContain('WORKER_DIED');
    }
    expect(codesOf(sound)).not.toContain('WORKER_DIED');
    expect(sound).toMatchObject({ incomplete: false, lost: 0 });
    expect(sound.delivered).toBe(sound.expected);
    expect(await childrenOf(process.pid)).toEqual([]);
  });
});

/** What holds behind this link, whatever the transport. */
function expectLink({ link_counts, latency_us, ping, wire, kernel }: CellResult): void {
  const { down, up, unread, no_room, checks } = link_counts!;
  expect(kernel.cpu_link_cores).toBeGreaterThan(0);
  expect(checks).toMatchObject([
    { direction: 'up', what: 'loss', requested: 0.02 },
    { direction: 'down', what: 'loss', requested: 0.02 },
    { direction: 'down', what: 'least latency', requested: DELAY_MICROS },
    { direction: 'both', what: 'least ping', requested: 2 * DELAY_MICROS },
  ]);
  expect(latency_us.min).toBeGreaterThanOrEqual(DELAY_MICROS);
  expect(ping.under_load.rtt_us?.min).toBeGreaterThanOrEqual(2 * DELAY_MICROS);
  for (const way of [up, down]) {
    const { packets, delivered, lost, overflow, outage } = way;
    // The last ones may still be on their way.
    expect(packets - delivered - lost - overflow - outage).toBeLessThan(100);
    expect(lost).toBeGreaterThan(0);
  }
  expect([unread, no_room]).toEqual([0, 0]);
  expect(wire.ip_bytes_source).toBe('link');
  expect(wire.ip_bytes_per_delivery).toBeGreaterThan(wire.bytes_per_delivery!);
}
