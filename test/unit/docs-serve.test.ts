import { describe, expect, it } from 'vitest';
import { Metrics } from '../../src/serve/metrics.js';
import type { ServerStats } from '../../src/serve/options.js';
import { newServerCounters } from '../../src/transports/counters.js';
import { readProject, tableRows } from './support/docs.js';

/** A server that has something to say about everything. */
const STATS: ServerStats = {
  notReady: undefined,
  clients: 2,
  maxClients: 10,
  published: 3,
  publishedBytes: 300,
  forgottenKeys: 4,
  cut: 5,
  sinkErrors: 0,
  refusedMessages: 0,
  truncatedReplays: 0,
  flushes: 6,
  flushMicros: 1_500_000,
  backlog: 7,
  transports: ['tcp', 'udp'].map((name) => ({
    ...newServerCounters(),
    name,
    url: `${name}://h:1`,
    clients: 1,
    accepted: 8,
    sentMessages: 9,
    sendErrorMessages: 10,
    droppedMessages: 11,
  })),
  source: {
    name: 'x',
    state: 'feeding',
    items: 12,
    rejected: 13,
    errors: 14,
    ageSeconds: 1.5,
    upstream: {
      upstreamCalls: 15,
      upstreamErrors: { timeout: 16 },
      dropped: 17,
      skipped: 18,
      streaming: true,
      reconnects: 19,
      rateLimitWaits: 20,
      stale: 21,
      missing: ['A', 'B'],
    },
  },
};

interface Exposed {
  readonly type: string;
  readonly samples: readonly string[];
}

/** The text format 0.0.4, line by line; throws where a line is none. */
async function scrape(stats: ServerStats, times = 1): Promise<Map<string, Exposed>> {
  const metrics = new Metrics(() => stats);
  try {
    let text = '';
    for (let i = 0; i < times; i++) text = await metrics.text();
    const found = new Map<string, { type: string; samples: string[] }>();
    for (const line of text.split('\n').filter((one) => one !== '' && !one.startsWith('# HELP '))) {
      const [, name = '', type = ''] = /^# TYPE (\w+) (counter|gauge)$/.exec(line) ?? [];
      if (name !== '') found.set(name, { type, samples: [] });
      else {
        const [, metric = '', labels = '', value] = /^(\w+)(\{[^}]*\})? (\S+)$/.exec(line) ?? [];
        if (value === undefined || Number.isNaN(Number(value))) throw new Error(`no sample: ${line}`);
        found.get(metric)!.samples.push(`${labels} ${value}`.trim());
      }
    }
    return found;
  } finally {
    metrics.close();
  }
}

const documented = tableRows(readProject('docs/serve.md')).filter(({ heading }) => heading === 'Metrics');

describe('/metrics', () => {
  it('has exactly the metrics of docs/serve.md, with their labels', async () => {
    const exposed = [...(await scrape(STATS))].map(([name, { samples }]) => {
      const labels = [...(samples[0] ?? '').matchAll(/(\w+)="/g)].map(([, label]) => label);
      return `\`${name}\` ${labels.map((label) => `\`${label}\``).join(', ')}`.trim();
    });
    // Not sampled in so short a life; not told everywhere.
    const optional = ['`lab_event_loop_delay_seconds` `quantile`', '`lab_process_open_fds`'];
    const rows = documented.map(({ cells }) => `${cells[0]} ${cells[1]}`.trim());
    expect([...new Set([...exposed, ...optional])].sort()).toEqual(rows.sort());
  });

  it('names them as Prometheus wants: lab_, base units, _total for counters only', async () => {
    for (const [name, { type }] of await scrape(STATS)) {
      expect(name).toMatch(/^lab_[a-z_]+$/);
      expect(name).not.toMatch(/(_us|_ms|_micros|_kib)(_|$)/);
      expect(name.endsWith('_total') ? 'counter' : 'gauge', name).toBe(type);
    }
  });

  it('has the figures of the counters, in seconds and bytes, however often it is read', async () => {
    const found = await scrape(STATS, 3);
    const samples = (name: string): readonly string[] | undefined => found.get(name)?.samples;
    expect(samples('lab_ready')).toEqual(['1']);
    expect(samples('lab_flush_seconds_total')).toEqual(['1.5']);
    expect(samples('lab_published_bytes_total')).toEqual(['300']);
    expect(samples('lab_sent_messages_total')).toEqual(['{transport="tcp"} 9', '{transport="udp"} 9']);
    expect(samples('lab_dropped_messages_total')).toEqual([
      '{transport="tcp",reason="policy"} 11',
      '{transport="tcp",reason="send_error"} 10',
      '{transport="udp",reason="policy"} 11',
      '{transport="udp",reason="send_error"} 10',
    ]);
    expect(samples('lab_source_age_seconds')).toEqual(['1.5']);
    expect(samples('lab_source_errors_total')).toEqual(['{kind="timeout"} 16']);
    expect(samples('lab_source_streaming')).toEqual(['1']);
    expect(samples('lab_source_missing_keys')).toEqual(['2']);
  });

  it('leaves out what is not known instead of giving 0', async () => {
    const found = await scrape({ ...STATS, notReady: 'draining', source: undefined });
    expect(found.get('lab_ready')?.samples).toEqual(['0']);
    expect([...found.keys()].filter((name) => name.startsWith('lab_source_'))).toEqual([]);
  });
});
