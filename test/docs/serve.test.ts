import { describe, expect, it } from 'vitest';
import { Metrics } from '../../src/serve/metrics/metrics.js';
import type { ServerStats } from '../../src/serve/stats.js';
import { readProject, tableRows } from '../support/docs/docs.js';
import { FULL_STATS } from '../support/docs/server-stats.js';

interface Exposed {
  readonly type: string;
  readonly samples: readonly string[];
}

/**
 * The text format 0.0.4, line by line; throws where a line is none. A histogram's samples are those
 * of its buckets.
 */
async function scrape(stats: ServerStats, times = 1): Promise<Map<string, Exposed>> {
  let now = 0;
  const metrics = new Metrics(
    () => stats,
    undefined,
    () => now,
  );
  try {
    for (let i = 0; i < times; i++) {
      await metrics.refresh();
      now += 1_000;
    }
    const found = new Map<string, { type: string; samples: string[] }>();
    for (const line of metrics
      .newest!.split('\n')
      .filter((one) => one !== '' && !one.startsWith('# HELP '))) {
      const [, name = '', type = ''] = /^# TYPE (\w+) (counter|gauge|histogram)$/.exec(line) ?? [];
      if (name !== '') found.set(name, { type, samples: [] });
      else {
        const [, metric = '', labels = '', value] = /^(\w+)(\{[^}]*\})? (\S+)$/.exec(line) ?? [];
        if (value === undefined || Number.isNaN(Number(value)))
          throw new Error(`no sample: ${line}`);
        const family = found.get(metric) ?? found.get(metric.replace(/_(bucket|sum|count)$/, ''));
        family!.samples.push(`${labels} ${value}`.trim());
      }
    }
    return found;
  } finally {
    metrics.close();
  }
}

const documented = tableRows(readProject('docs/reference/metrics.md')).filter(
  ({ heading }) => heading === 'Metrics of a server',
);

describe('/metrics', () => {
  it('has exactly the metrics of docs/reference/metrics.md, with their labels', async () => {
    const exposed = [...(await scrape(FULL_STATS))].map(([name, { samples }]) => {
      const labels = [...(samples[0] ?? '').matchAll(/(\w+)="/g)].map(([, label]) => label);
      return `\`${name}\` ${labels.map((label) => `\`${label}\``).join(', ')}`.trim();
    });
    // Not told everywhere.
    const optional = ['`lab_process_open_fds`'];
    const rows = documented.map(({ cells }) => `${cells[0]} ${cells[2]}`.trim());
    expect([...new Set([...exposed, ...optional])].sort()).toEqual(rows.sort());
  });

  it('names them as Prometheus wants: lab_, base units, _total for counters only', async () => {
    for (const [name, { type }] of await scrape(FULL_STATS)) {
      expect(name).toMatch(/^lab_[a-z_]+$/);
      expect(name).not.toMatch(/(_us|_ms|_micros|_kib)(_|$)/);
      expect(name.endsWith('_total'), name).toBe(type === 'counter');
    }
  });

  it('has the figures of the counters, in seconds and bytes, however often it is read', async () => {
    const found = await scrape(FULL_STATS, 3);
    const samples = (name: string): readonly string[] | undefined => found.get(name)?.samples;
    expect(samples('lab_ready')).toEqual(['1']);
    expect(samples('lab_flush_seconds_total')).toEqual(['1.5']);
    expect(samples('lab_published_bytes_total')).toEqual(['300']);
    expect(samples('lab_sent_messages_total')).toEqual([
      '{transport="tcp"} 9',
      '{transport="udp"} 9',
    ]);
    expect(samples('lab_dropped_messages_total')).toEqual([
      '{transport="tcp",reason="policy"} 11',
      '{transport="tcp",reason="conflated"} 5',
      '{transport="tcp",reason="send_error"} 10',
      '{transport="tcp",reason="refused"} 0',
      '{transport="udp",reason="policy"} 11',
      '{transport="udp",reason="conflated"} 5',
      '{transport="udp",reason="send_error"} 10',
      '{transport="udp",reason="refused"} 0',
    ]);
    expect(samples('lab_naks_total')).toEqual(['{transport="udp"} 26']);
    expect(samples('lab_repairs_total')).toEqual(['{transport="udp"} 27']);
    expect(samples('lab_repair_bytes_total')).toEqual(['{transport="udp"} 28']);
    expect(samples('lab_repair_ranges_unanswered_total')).toEqual([
      '{transport="udp",reason="gone"} 30',
      '{transport="udp",reason="withheld"} 29',
    ]);
    expect(samples('lab_repair_superseded_messages_total')).toEqual(['{transport="udp"} 31']);
    expect(samples('lab_subscriptions_reduced_total')).toEqual(['{transport="udp"} 32']);
    expect(samples('lab_subscriptions_expired_total')).toContain(
      '{transport="udp",reason="congested"} 33',
    );
    expect(samples('lab_source_age_seconds')).toEqual(['1.5']);
    expect(samples('lab_source_errors_total')).toEqual(['{kind="timeout"} 16']);
    expect(samples('lab_source_streaming')).toEqual(['1']);
    expect(samples('lab_source_missing_keys')).toEqual(['2']);
  });

  it('leaves out what is not known instead of giving 0', async () => {
    const found = await scrape({ ...FULL_STATS, notReady: 'draining', source: undefined });
    expect(found.get('lab_ready')?.samples).toEqual(['0']);
    expect([...found.keys()].filter((name) => name.startsWith('lab_source_'))).toEqual([]);
  });
});
