/** When the figures are rendered, and what a scrape must leave alone. */
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { Metrics } from '../../../src/serve/metrics/metrics.js';
import type { ServerStats } from '../../../src/serve/stats.js';
import { FULL_STATS } from '../../support/docs/server-stats.js';

/** Metrics over counters, at a time that a test sets. */
function rig(read: () => ServerStats = () => FULL_STATS) {
  const clock = { now: 0 };
  const stats = vi.fn(read);
  const metrics = new Metrics(stats, undefined, () => clock.now);
  onTestFinished(() => metrics.close());
  return { clock, stats, metrics };
}

describe('the text of /metrics', () => {
  it('is rendered once for all who ask at the same time, and for all who ask within a second', async () => {
    const { clock, stats, metrics } = rig();
    expect([metrics.fresh, metrics.newest]).toEqual([false, undefined]);
    await Promise.all([metrics.refresh(), metrics.refresh(), metrics.refresh()]);
    expect(stats).toHaveBeenCalledTimes(1);
    clock.now = 999;
    expect(metrics.fresh).toBe(true);
    await metrics.refresh();
    expect(stats).toHaveBeenCalledTimes(1);
    clock.now = 1_000;
    expect(metrics.fresh).toBe(false);
    const again = metrics.refresh();
    // The text of a second ago stays what it was until the new one is there.
    expect(metrics.newest).toContain('lab_ready 1');
    await Promise.all([again, metrics.refresh()]);
    expect(stats).toHaveBeenCalledTimes(2);
  });

  it('is none when the counters cannot be read, for a second, and then tried again', async () => {
    let broken = true;
    const { clock, stats, metrics } = rig(() => {
      if (broken) throw new Error('no');
      return FULL_STATS;
    });
    await Promise.all([metrics.refresh(), metrics.refresh()]);
    await metrics.refresh();
    expect([stats.mock.calls.length, metrics.newest]).toEqual([1, undefined]);
    broken = false;
    clock.now = 1_000;
    await metrics.refresh();
    expect(metrics.newest).toContain('lab_ready 1');
  });
});

describe('what a transport of the user gives for a figure that is none', () => {
  it('is left out, and takes nothing else with it', async () => {
    const [one] = FULL_STATS.transports;
    const odd = { ...one!, name: 'odd', sends: Number.NaN, sendBytes: Number.POSITIVE_INFINITY };
    const { metrics } = rig(() => ({ ...FULL_STATS, transports: [...FULL_STATS.transports, odd] }));
    await metrics.refresh();
    expect(metrics.newest).toContain('lab_clients{transport="odd"} ');
    expect(metrics.newest).not.toMatch(
      /lab_sen(ds|t_bytes)_total\{transport="odd"\}|\} [+-]?(nan|inf)/i,
    );
    expect(metrics.newest).toMatch(new RegExp(`lab_sends_total\\{transport="${one!.name}"\\} `));
  });
});

describe('what the system does not tell', () => {
  it('is left out, and takes nothing else with it', async () => {
    vi.spyOn(process.memoryUsage, 'rss').mockImplementation(() => {
      throw new Error('no /proc');
    });
    onTestFinished(() => void vi.restoreAllMocks());
    const silent = FULL_STATS.transports.map((one) => ({
      ...one,
      packets: undefined,
      kernelReceiveDrops: undefined,
    }));
    const hostListen = { overflows: undefined, drops: undefined };
    const { metrics } = rig(() => ({
      ...FULL_STATS,
      hostListen,
      transports: silent,
      source: undefined,
    }));
    await metrics.refresh();
    expect(metrics.newest).toMatch(/^lab_process_heap_bytes \d+$/m);
    for (const name of [
      'lab_process_resident_memory_bytes',
      'lab_kernel_receive_drops_total',
      'lab_host_tcp_listen_drops_total',
      'lab_host_tcp_listen_overflows_total',
      'lab_packets_received_total',
      'lab_source_age_seconds',
    ])
      expect(metrics.newest).not.toContain(name);
  });
});
