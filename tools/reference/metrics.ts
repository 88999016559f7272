/** docs/reference/metrics.md: what `/metrics` tells. */
import { Registry } from 'prom-client';
import { LoopDelay } from '../../src/serve/metrics/loop-delay.js';
import { COUNTED } from '../../src/serve/metrics/metric-list.js';
import { measured } from '../../src/serve/metrics/process-metrics.js';
import { page, table, wrapped } from './markdown.js';
import { METRIC_TEXTS } from './texts/metrics.js';

const INTRO = [
  '`lab serve` and `createServer({ httpPort })` answer `/metrics` in Prometheus’ text format. How requests are limited: [the server](../design/server.md#health).',
  'Rates are for Prometheus to make. A scrape resets nothing, so any number of scrapers see the same. What is not known is left out, never 0. Delivered means handed to the kernel: on UDP, what the network loses is known to the client only.',
];

const RATES = table(
  ['to know', 'ask'],
  [
    ['mean time of a flush', '`rate(lab_flush_seconds_total) / rate(lab_flushes_total)`'],
    ['mean batch', '`rate(lab_sent_messages_total) / rate(lab_sends_total)`'],
    [
      'how late the event loop was, p99 of five minutes',
      '`histogram_quantile(0.99, rate(lab_event_loop_delay_seconds_bucket[5m]))`',
    ],
  ],
);

interface Told {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly labels: readonly string[];
}

export async function metricsPage(): Promise<string> {
  const rows = (await told()).map(({ name, help, type, labels }) => [
    `\`${name}\``,
    type,
    labels.map((label) => `\`${label}\``).join(', '),
    METRIC_TEXTS[name] ?? help,
  ]);
  return page('Metrics', 'src/serve/metrics and tools/reference/texts/metrics.ts', [
    ...INTRO.map(wrapped),
    RATES,
    '## Metrics of a server',
    table(['metric', 'type', 'labels', 'meaning'], rows),
  ]);
}

/** Texts of metrics that do not exist. */
export async function metricsProblems(): Promise<string[]> {
  const names = new Set((await told()).map(({ name }) => name));
  return Object.keys(METRIC_TEXTS)
    .filter((name) => !names.has(name))
    .map((name) => `${name} has a text, and is not a metric`);
}

async function told(): Promise<Told[]> {
  const plain = [...COUNTED, ...measured(undefined)].map(
    ({ name, help, labels = [] }): Told => ({
      name,
      help,
      labels,
      type: name.endsWith('_total') ? 'counter' : 'gauge',
    }),
  );
  const registry = new Registry();
  new LoopDelay(registry).stop();
  const histograms = (await registry.getMetricsAsJSON()).map(
    ({ name, help }): Told => ({ name, help, type: 'histogram', labels: ['le'] }),
  );
  return [...plain, ...histograms];
}
