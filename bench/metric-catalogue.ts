/**
 * Every figure of a cell that is held against a limit, repeated for, compared or ranked: one
 * definition for thresholds, `--repeat auto`, `lab compare` and the summary of a run. Pure.
 * docs/design/methodology.md, "Metrics by name", has a line for each.
 */
import { UNATTRIBUTED_LIMIT } from './result/ledger.js';
import type { CellResult } from './result/result.js';
import { localServer } from './result/server.js';
import {
  lostFrom,
  missingShare,
  percentileOf,
  QUANTILES,
  type Quantile,
  type Survival,
} from './result/survivors.js';

/** `us`: µs. `cpu_us`: CPU-µs per delivered message. `per_s`: messages per second. `share`: 0–1. */
export type MetricUnit = 'us' | 'cpu_us' | 'per_s' | 'share' | 'messages' | 'bytes';

type JitterQuantile = 'p50' | 'p99' | 'max';

/**
 * Percentiles without a prefix are those of the latency, which counts to what `latency_at` says.
 */
export type MetricName =
  | Quantile
  | `${'arrival' | 'receipt' | 'instrument'}_${Quantile}`
  | `${'service' | 'completion' | 'staleness' | 'schedule_lag'}_${Quantile}`
  | `jitter_${JitterQuantile}`
  | 'staleness_excess_mean'
  | 'staleness_excess_p99'
  | 'loss'
  | 'missing'
  | 'reach'
  | 'duplicates'
  | 'reordered'
  | 'goodput'
  | 'cpu'
  | 'bytes'
  | 'ip_bytes'
  | 'rss';

/** How sentences and tables call it. */
export interface MetricWords {
  /** In a sentence: `p99 latency`. */
  readonly noun: string;
  /** Of a table: `latency p99`. */
  readonly title: string;
  /** Completes "the": `lowest p99 latency`. */
  readonly best: string;
  /** What the best one did, and what it did more or less of than another. */
  readonly superlative: string;
  readonly comparative: string;
}

export interface Metric {
  readonly name: MetricName;
  readonly unit: MetricUnit;
  readonly better: 'lower' | 'higher';
  /** Differences up to this are below what the figure resolves, in its unit. */
  readonly grain: number;
  /** Null when the run has no such figure, or only its survivors have. */
  readonly value: (cell: CellResult) => number | null;
  /** Not every run tracks it. */
  readonly optional?: true;
  /** What it is a percentile of, where only what arrived has one: see result/survivors.ts. */
  readonly survival?: readonly [Survival, Quantile];
  /** It ends where `latency_at` says, so cells that differ in that have two different figures. */
  readonly endsAt?: 'latency_at';
  /** Only what the kernel stamped has it. */
  readonly stamped?: true;
  readonly words: MetricWords;
}

/** Latencies are whole microseconds. */
const TIME_GRAIN = 1;

const EVERY_QUANTILE = Object.keys(QUANTILES) as Quantile[];

function wordsOf(noun: string, title: string, better: Metric['better']): MetricWords {
  const [most, more] = better === 'lower' ? ['lowest', 'lower'] : ['highest', 'higher'];
  return {
    noun,
    title,
    best: `${most} ${noun}`,
    superlative: `had the ${most} ${noun}`,
    comparative: `had a ${more} ${noun} than`,
  };
}

/** `p99.9` of `p999`. */
function quantileWord(quantile: Quantile): string {
  return quantile === 'p999' ? 'p99.9' : quantile;
}

function time(
  name: MetricName,
  quantile: Quantile,
  figure: string,
  value: Metric['value'],
): Metric {
  const word = quantileWord(quantile);
  const words = wordsOf(`${word} ${figure}`, `${figure} ${word}`, 'lower');
  return { name, unit: 'us', better: 'lower', grain: TIME_GRAIN, value, words };
}

/** Percentiles of what only arrived messages have. `words`: what sentences call it. */
function survivorTimes(
  figure: Survival,
  prefix: '' | `${Exclude<Survival, 'latency' | 'jitter'>}_`,
  words: string = figure,
): Metric[] {
  return EVERY_QUANTILE.map((quantile) => ({
    ...time(`${prefix}${quantile}`, quantile, words, (cell) =>
      percentileOf(figure, quantile, cell),
    ),
    survival: [figure, quantile],
    ...(OPTIONAL.includes(figure) ? { optional: true } : {}),
    ...(AT_LATENCY_AT.includes(figure) ? { endsAt: 'latency_at' } : {}),
    ...(figure === 'arrival' ? { stamped: true } : {}),
  }));
}

const OPTIONAL: readonly Survival[] = ['arrival', 'completion', 'staleness'];
const AT_LATENCY_AT: readonly Survival[] = ['latency', 'service', 'completion', 'jitter'];

function plain(
  name: MetricName,
  unit: MetricUnit,
  value: Metric['value'],
  {
    better = 'lower',
    grain = 0,
    ...words
  }: Partial<Pick<Metric, 'better' | 'grain'>> & Partial<MetricWords> = {},
): Metric {
  const noun = words.noun ?? name;
  const usual = wordsOf(noun, words.title ?? noun, better);
  return { name, unit, better, grain, value, words: { ...usual, ...words } };
}

/** Without the report of the subscribers an earlier lab wrote 0, which says nothing. */
function counted(of: (cell: CellResult) => number | null): Metric['value'] {
  return (cell) => (cell.clients_use === null ? null : of(cell));
}

export const METRICS: readonly Metric[] = [
  ...survivorTimes('latency', ''),
  ...survivorTimes('arrival', 'arrival_', 'arrival latency'),
  ...survivorTimes('receipt', 'receipt_', 'receipt latency'),
  // Of reads and not of the path: what was lost says nothing about it.
  ...EVERY_QUANTILE.map(
    (name): Metric => ({
      ...time(
        `instrument_${name}`,
        name,
        'instrument',
        (cell) => cell.instrument_us?.[name] ?? null,
      ),
      optional: true,
      stamped: true,
    }),
  ),
  ...survivorTimes('service', 'service_'),
  ...survivorTimes('completion', 'completion_'),
  ...survivorTimes('staleness', 'staleness_'),
  ...(['mean', 'p99'] as const).map(
    (name): Metric => ({
      name: `staleness_excess_${name}`,
      ...{ unit: 'us', better: 'lower', grain: TIME_GRAIN, optional: true },
      value: (cell) =>
        lostFrom('staleness', 'p99', cell) === null
          ? (cell.staleness_excess_us?.[name] ?? null)
          : null,
      survival: ['staleness', 'p99'],
      words: wordsOf(`${name} staleness excess`, `staleness excess ${name}`, 'lower'),
    }),
  ),
  // Every message that was published has one.
  ...EVERY_QUANTILE.map((name) =>
    time(
      `schedule_lag_${name}`,
      name,
      'schedule lag',
      (cell) => localServer(cell)?.schedule_lag_us[name] ?? null,
    ),
  ),
  ...(['p50', 'p99', 'max'] as const).map(
    (name): Metric => ({
      ...time(`jitter_${name}`, name, 'jitter', (cell) => percentileOf('jitter', name, cell)),
      survival: ['jitter', name],
      endsAt: 'latency_at',
    }),
  ),
  // What the ledger may leave unexplained is not a finding.
  plain('loss', 'share', (cell) => cell.loss_ratio, { grain: UNATTRIBUTED_LIMIT }),
  plain('missing', 'share', missingShare, {
    grain: UNATTRIBUTED_LIMIT,
    noun: 'delivery',
    title: 'missing',
    best: 'most complete delivery',
    superlative: 'delivered the most',
    comparative: 'delivered more than',
  }),
  plain('reach', 'share', (cell) => cell.reach, { better: 'higher', grain: UNATTRIBUTED_LIMIT }),
  plain(
    'duplicates',
    'messages',
    counted((cell) => cell.duplicates),
  ),
  plain(
    'reordered',
    'messages',
    counted((cell) => cell.reordered),
  ),
  plain('goodput', 'per_s', (cell) => cell.goodput.messages_per_s, { better: 'higher' }),
  plain('cpu', 'cpu_us', (cell) => cell.cpu_us_per_delivery.server, {
    noun: 'server CPU',
    title: 'server CPU/msg',
    best: 'least server CPU per delivery',
    superlative: 'used the least server CPU per delivery',
    comparative: 'used less server CPU per delivery than',
  }),
  plain('bytes', 'bytes', (cell) => cell.wire.bytes_per_delivery, {
    noun: 'bytes handed to sockets',
    title: 'bytes/msg',
  }),
  plain('ip_bytes', 'bytes', (cell) => cell.wire.ip_bytes_per_delivery, {
    noun: 'IP bytes',
    title: 'IP bytes/msg',
    best: 'fewest IP bytes per delivery',
    superlative: 'put the fewest IP bytes on the wire per delivery',
    comparative: 'put fewer IP bytes on the wire per delivery than',
  }),
  plain('rss', 'bytes', (cell) => cell.rss_bytes.server, { noun: 'server memory' }),
];

const BY_NAME: ReadonlyMap<string, Metric> = new Map(METRICS.map((one) => [one.name, one]));

/** The metric of that name. */
export function metricOf(name: MetricName): Metric {
  return BY_NAME.get(name)!;
}

/**
 * The metric that somebody typed; undefined when there is none. `lag_p99` is what
 * `schedule_lag_p99` was called at first.
 */
export function findMetric(name: string): Metric | undefined {
  return BY_NAME.get(name) ?? BY_NAME.get(name.replace(/^lag_/, 'schedule_lag_'));
}

/**
 * What `lab compare` compares, by the names that it goes by there: all but those `ON_REQUEST`,
 * unless it is asked for some.
 */
export const COMPARED = {
  p50: metricOf('p50'),
  p99: metricOf('p99'),
  goodput: metricOf('goodput'),
  loss: metricOf('loss'),
  cpu: metricOf('cpu'),
  completion: metricOf('completion_p50'),
  staleness: metricOf('staleness_excess_mean'),
  receipt: metricOf('receipt_p99'),
  instrument: metricOf('instrument_p99'),
} as const satisfies Readonly<Record<string, Metric>>;

export type ComparedName = keyof typeof COMPARED;

/** They say more of the subscribers than of the path, and every test more takes more runs. */
export const ON_REQUEST: readonly ComparedName[] = ['receipt', 'instrument'];

/**
 * What `--repeat auto` may aim at: a share of the median is not a measure for loss, whose median is
 * 0.
 */
export type CiMetric = Exclude<ComparedName, 'loss'>;
