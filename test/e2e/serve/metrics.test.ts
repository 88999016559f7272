/** What the event loop really waits shows in /metrics, and Prometheus has no complaint about it. */
import { execFileSync, spawnSync } from 'node:child_process';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Metrics } from '../../../src/serve/metrics/metrics.js';
import { lintMetrics } from '../../support/docs/prometheus-lint.js';
import { FULL_STATS } from '../../support/docs/server-stats.js';

/** Metrics over counters, at a time that a test sets. */
function rig() {
  const clock = { now: 0 };
  const metrics = new Metrics(
    () => FULL_STATS,
    undefined,
    () => clock.now,
  );
  onTestFinished(() => metrics.close());
  return { clock, metrics };
}

describe('the delay of the event loop', () => {
  const counts = (text = ''): Map<string, number> =>
    new Map(
      [...text.matchAll(/^lab_event_loop_delay_seconds_(\S+) (\S+)$/gm)].map(
        ([, name = '', value]) => [name, Number(value)],
      ),
    );
  const above = (of: Map<string, number>, le: string): number =>
    of.get('count')! - of.get(`bucket{le="${le}"}`)!;

  it('is seen whole by every scraper, however many there are', async () => {
    const { clock, metrics } = rig();
    await metrics.refresh();
    expect(above(counts(metrics.newest), '0.02')).toBeGreaterThanOrEqual(0);
    const seen: number[] = [];
    const sums: number[] = [];
    for (let scrape = 0; scrape < 3; scrape++) {
      const until = performance.now() + 60;
      while (performance.now() < until);
      // The timer that was late, and its next time.
      await new Promise((resolve) => setTimeout(resolve, 25));
      clock.now += 1_000;
      await metrics.refresh();
      seen.push(above(counts(metrics.newest), '0.02'));
      sums.push(counts(metrics.newest).get('sum')!);
    }
    expect(seen[0]).toBeGreaterThanOrEqual(1);
    expect(seen[1]).toBeGreaterThanOrEqual(seen[0]! + 1);
    expect(seen[2]).toBeGreaterThanOrEqual(seen[1]! + 1);
    expect(sums).toEqual([...sums].sort((a, b) => a - b));
    expect(sums[2]! - sums[0]!).toBeGreaterThan(0.08);
  });
});

/** Of Debian's package prometheus; nothing here depends on it. */
const PROMTOOL = 'promtool';

describe('Prometheus', () => {
  const promtool = spawnSync(PROMTOOL, ['--version']).error === undefined;

  it('has no complaint about the names, types, labels and help of the figures', async () => {
    const { metrics } = rig();
    await metrics.refresh();
    expect(lintMetrics(metrics.newest!)).toEqual([]);
  });

  it.skipIf(!promtool)('says so itself', async () => {
    const { metrics } = rig();
    await metrics.refresh();
    expect(
      execFileSync(PROMTOOL, ['check', 'metrics'], { input: metrics.newest!, encoding: 'utf8' }),
    ).toBe('');
  });

  it.each([
    [
      'm',
      'gauge',
      'lab_delay{quantile="0.5"} 1',
      'lab_delay non-summary metrics should not have "quantile" label',
    ],
    [
      'm',
      'gauge',
      'lab_delay{le="1"} 1',
      'lab_delay non-histogram metrics should not have "le" label',
    ],
    ['m', 'counter', 'lab_sends 1', 'lab_sends counter metrics should have "_total" suffix'],
    [
      'm',
      'gauge',
      'lab_sends_total 1',
      'lab_sends_total non-counter metrics should not have "_total" suffix',
    ],
    [
      'm',
      'gauge',
      'lab_flush_milliseconds 1',
      'lab_flush_milliseconds use base unit "seconds" instead of "milliseconds"',
    ],
    [
      'm',
      'gauge',
      'lab_rss_kilobytes 1',
      'lab_rss_kilobytes use base unit "bytes" instead of "kilobytes"',
    ],
    [
      'm',
      'gauge',
      'lab_flush_ms 1',
      'lab_flush_ms metric names should not contain abbreviated units',
    ],
    [
      'm',
      'gauge',
      'lab_flushCount 1',
      "lab_flushCount metric names should be written in 'snake_case' not 'camelCase'",
    ],
    ['m', 'gauge', 'lab:flush 1', "lab:flush metric names should not contain ':'"],
    [
      'm',
      'gauge',
      'lab_size_count 1',
      'lab_size_count non-histogram and non-summary metrics should not have "_count" suffix',
    ],
    [
      'm',
      'gauge',
      'lab_size_gauge 1',
      "lab_size_gauge metric name should not include type 'gauge'",
    ],
    [
      'm',
      'gauge',
      'lab_size{someKey="1"} 1',
      "lab_size label names should be written in 'snake_case' not 'camelCase'",
    ],
    ['', 'gauge', 'lab_size 1', 'lab_size no help text'],
  ])('would complain: help %o, %s, %s', (help, type, sample, complaint) => {
    const [name = ''] = /^[\w:]+/.exec(sample) ?? [];
    const text = `${help === '' ? '' : `# HELP ${name} ${help}\n`}# TYPE ${name} ${type}\n${sample}\n`;
    expect(lintMetrics(text)).toEqual([complaint]);
    if (!promtool) return;
    const said = spawnSync(PROMTOOL, ['check', 'metrics'], { input: text, encoding: 'utf8' });
    expect([said.status, said.stderr.trim()]).toEqual([3, complaint]);
  });
});
