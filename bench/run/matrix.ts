/** From options to cells: the matrix, its order and how long it will take. Pure. */
import { LabError } from '../../src/errors.js';
import { Random, seedState } from '../../src/sources/random.js';
import type { RecordingPoint, TimeUnit } from '../../src/sources/source.js';
import { DEFAULT_GROUP, DEFAULT_MULTICAST_TTL } from '../../src/transports/datagram/group.js';
import type { UdpSender } from '../../src/transports/transport.js';
import type { Target } from '../cell/target-address.js';
import type { DecodeMode } from '../worker-subscriber/decoding.js';
import type { Injection } from '../workload/injection.js';
import type { CiMetric } from './stop-rule.js';

/**
 * Everything a run needs to know, complete and already checked one by one. Lists span the matrix.
 */
export interface RunConfig {
  /**
   * Servers that are already running, each of another transport, on one host: they are measured as
   * they are, and nothing of what follows about source, rate, size and server has a meaning. Null =
   * a server of our own for each cell.
   */
  readonly target: readonly Target[] | null;
  /** Those of the targets where there are any. */
  readonly transports: readonly string[];
  readonly codecs: readonly string[];
  readonly clients: readonly number[];
  /** Feed messages per second, in total; null = the recorded pace of a replay × `speed`. */
  readonly ratesPerSecond: readonly number[] | null;
  /** Payload bytes; 0 = values as the source gives them. */
  readonly sizesBytes: readonly number[];
  readonly durationsMs: readonly number[];
  readonly warmupMs: number;
  /**
   * Runs of every cell; `auto` = until `ciMetric` is known to within `ciTarget`, or `maxRepeat`
   * runs.
   */
  readonly repeat: number | 'auto';
  /** With `auto`: half-width of the 95 % interval that is enough, as a share of the median. */
  readonly ciTarget: number;
  /** With `auto`: the figure in question. */
  readonly ciMetric: CiMetric;
  /** With `auto`: runs after which it ends, whatever is known. */
  readonly maxRepeat: number;
  readonly seed: number;
  /** `synthetic` or `replay:FILE`. */
  readonly source: string;
  readonly speed: number | null;
  /** The part of a recording that is replayed; null = from its beginning, to its end. */
  readonly replayFrom: RecordingPoint | null;
  readonly replayTo: RecordingPoint | null;
  /**
   * Which columns of a recording hold times and keys, and what the times are; null = as its names
   * and rows tell.
   */
  readonly timeColumn: string | null;
  readonly keyColumn: string | null;
  readonly timeUnit: TimeUnit | null;
  readonly symbols: number;
  /** `auto`, `0` or a period in ms each: see core/flush. */
  readonly flushes: readonly string[];
  readonly policy: string;
  /** Faults injected on purpose; null = none. */
  readonly inject: Injection | null;
  readonly host: string;
  readonly port: number;
  readonly datagramBytes: number;
  readonly receiveBufferBytes: number | null;
  readonly sendBufferBytes: number | null;
  /** How UDP datagrams are sent: see transports/transport. */
  readonly udpSender: UdpSender;
  /** Multicast: the group to send to, how far, and from which interface; null = that of `host`. */
  readonly group: string;
  readonly multicastTtl: number;
  readonly multicastInterface: string | null;
  /** A message not received this long after the end of the window is lost. */
  readonly tmaxMs: number;
  /** `scan`: subscribers find and account for messages; `full`: they decode each as well. */
  readonly decode: DecodeMode;
  /** Server processes, each with its own share of the clients and all with the same feed. */
  readonly shards: number;
  /** Subscriber processes; 0 = as `subscriberProcesses` (preflight) has it. */
  readonly subscriberProcesses: number;
  /** After each cell, measure what a bare socket loop delivers. */
  readonly ceiling: boolean;
  /** Measure ping, echo and the noise floor, to set latencies beside. */
  readonly baselines: boolean;
}

export const DEFAULT_CONFIG: RunConfig = {
  target: null,
  transports: ['tcp', 'udp'],
  codecs: ['line-json', 'msgpack'],
  clients: [100],
  ratesPerSecond: [100],
  sizesBytes: [40],
  durationsMs: [5_000],
  warmupMs: 1_000,
  repeat: 1,
  ciTarget: 0.05,
  ciMetric: 'p99',
  maxRepeat: 20,
  seed: 1,
  source: 'synthetic',
  speed: null,
  replayFrom: null,
  replayTo: null,
  timeColumn: null,
  keyColumn: null,
  timeUnit: null,
  symbols: 50,
  flushes: ['auto'],
  policy: 'drop-oldest',
  inject: null,
  host: '127.0.0.1',
  port: 0,
  datagramBytes: 1_200,
  receiveBufferBytes: 208 * 1024,
  sendBufferBytes: 208 * 1024,
  udpSender: 'auto',
  group: DEFAULT_GROUP,
  multicastTtl: DEFAULT_MULTICAST_TTL,
  multicastInterface: null,
  tmaxMs: 3_000,
  decode: 'scan',
  shards: 1,
  subscriberProcesses: 0,
  ceiling: false,
  baselines: true,
};

export const LIMITS = {
  clients: 100_000,
  ratePerSecond: 10_000_000,
  /** A message a day. */
  slowestPerSecond: 0.00001,
  sizeBytes: 512 * 1024,
  durationMs: 24 * 3_600_000,
  repeat: 1_000,
  cells: 10_000,
  shards: 64,
} as const;

/** One measurement: a transport, a codec and a workload, run once. */
export interface CellPlan {
  /** e.g. `udp/msgpack/c1000/r100/s40/d5000#1`: stable over runs. */
  readonly id: string;
  /** The server to measure; null = one of our own. */
  readonly target: Target | null;
  readonly transport: string;
  readonly codec: string;
  readonly clients: number;
  readonly ratePerSecond: number | null;
  readonly sizeBytes: number;
  readonly durationMs: number;
  readonly flush: string;
  /** 1, 2, … */
  readonly run: number;
}

type Cell = Omit<CellPlan, 'run' | 'id'>;

/**
 * Runs of every cell that `auto` makes before it looks at intervals for the first time: with fewer,
 * even the range of the runs holds the median of the population with a confidence of at most 87.5 %
 * (1 − 2^(1 − n)).
 */
export const FEWEST_AUTO_RUNS = 5;

/** The stream of the seed that pair of rounds 0 takes; the sources take the first ones. */
const ORDER_STREAM = 1_000;

/**
 * The cells that are certain to run, in their order, round by round; `auto` may add rounds to them.
 * @throws LAB_ERR_BAD_VALUE when the matrix is absurdly large
 */
export function planCells(config: RunConfig): CellPlan[] {
  const most = matrixOf(config).flat().length * mostRuns(config);
  if (most > LIMITS.cells) {
    throw new LabError(
      'LAB_ERR_BAD_VALUE',
      `the matrix has ${most} cells, the limit is ${LIMITS.cells}`,
      {
        hint:
          config.repeat === 'auto'
            ? 'shorten the comma lists or lower --max-repeat; --dry-run prints the cells'
            : 'shorten the comma lists or --repeat; --dry-run prints the cells',
      },
    );
  }
  return Array.from({ length: fewestRuns(config) }, (_, i) => planRound(config, i + 1)).flat();
}

/**
 * Round `run` (1, 2, …): every cell once. A single round keeps the order of the lists. With
 * repeats, each pair of rounds has an order of its own, shuffled from the seed, and its second
 * round runs that backwards (ABBA): within a pair, a steady drift of the machine weighs on all
 * cells alike, and over the pairs no cell always follows the same neighbour. What is compared, the
 * cells of one workload, stays side by side.
 */
export function planRound(config: RunConfig, run: number): CellPlan[] {
  const matrix = matrixOf(config);
  const order =
    config.repeat === 1 ? matrix.flat() : shuffledMatrix(matrix, config.seed, (run - 1) >> 1);
  const round = run % 2 === 1 ? order : order.toReversed();
  const several = config.flushes.length > 1;
  return round.map((cell) => ({ ...cell, run, id: cellId(cell, run, several) }));
}

/** Runs of each cell that are certain. */
export function fewestRuns({ repeat, maxRepeat }: RunConfig): number {
  return repeat === 'auto' ? Math.min(FEWEST_AUTO_RUNS, maxRepeat) : repeat;
}

/** Runs of each cell at which it ends at the latest. */
export function mostRuns({ repeat, maxRepeat }: RunConfig): number {
  return repeat === 'auto' ? maxRepeat : repeat;
}

/** The matrix in the order of the lists, a list of cells for each workload. */
function matrixOf(config: RunConfig): Cell[][] {
  const workloads: Cell[][] = [];
  for (const durationMs of config.durationsMs)
    for (const sizeBytes of config.sizesBytes)
      for (const ratePerSecond of config.ratesPerSecond ?? [null])
        for (const clients of config.clients)
          workloads.push(
            config.transports.flatMap((transport) =>
              config.codecs.flatMap((codec) =>
                config.flushes.map((flush) => ({
                  target: config.target?.find((one) => one.transport === transport) ?? null,
                  transport,
                  codec,
                  clients,
                  ratePerSecond,
                  sizeBytes,
                  durationMs,
                  flush,
                })),
              ),
            ),
          );
  return workloads;
}

function shuffledMatrix(matrix: readonly (readonly Cell[])[], seed: number, pair: number): Cell[] {
  const random = new Random(seedState(seed, ORDER_STREAM + pair));
  return shuffled(matrix, random).flatMap((workload) => shuffled(workload, random));
}

/**
 * Fisher and Yates, as Durstenfeld wrote it (CACM algorithm 235, 1964): every order equally likely.
 */
function shuffled<T>(items: readonly T[], random: Random): T[] {
  const order = [...items];
  for (let i = order.length - 1; i > 0; i--) {
    const j = random.nextInt(i + 1);
    [order[i], order[j]] = [order[j] as T, order[i] as T];
  }
  return order;
}

function cellId(cell: Cell, run: number, severalFlushes: boolean): string {
  if (cell.target !== null) {
    return `${cell.transport}/${cell.codec}/c${cell.clients}/target/d${cell.durationMs}#${run}`;
  }
  const rate = cell.ratePerSecond === null ? 'recorded' : `r${cell.ratePerSecond}`;
  const flush = severalFlushes ? `/f${cell.flush}` : '';
  return `${cell.transport}/${cell.codec}/c${cell.clients}/${rate}/s${cell.sizeBytes}/d${cell.durationMs}${flush}#${run}`;
}

/** Rough seconds a cell takes besides its warm-up and window: processes, baselines, drain. */
const OVERHEAD_PER_CELL_S = 2;
const CONNECTS_PER_S = 1_500;
const BASELINES_S = 2;
/** Window of the ceiling of a cell, its warm-up apart. */
export const CEILING_MS = 1_200;
/** Its warm-up, its processes and their end, in seconds besides. */
const CEILING_OVERHEAD_S = 0.8;

/** Seconds the whole run will take, roughly: printed by --dry-run and as the first ETA. */
export function estimateSeconds(config: RunConfig, cells: readonly CellPlan[]): number {
  let sum = config.baselines ? BASELINES_S * config.sizesBytes.length : 0;
  for (const cell of cells) {
    sum +=
      OVERHEAD_PER_CELL_S +
      cell.clients / CONNECTS_PER_S +
      (config.warmupMs + cell.durationMs) / 1_000;
    if (config.ceiling)
      sum += CEILING_OVERHEAD_S + cell.clients / CONNECTS_PER_S + CEILING_MS / 1_000;
  }
  return sum;
}

/**
 * With `auto`: runs and seconds at which it ends at the latest; null when the number of runs is
 * fixed.
 */
export function latestEnd(
  config: RunConfig,
): { readonly runs: number; readonly seconds: number } | null {
  if (config.repeat !== 'auto') return null;
  const baselines = estimateSeconds(config, []);
  const round = estimateSeconds(config, planRound(config, 1)) - baselines;
  return { runs: config.maxRepeat, seconds: baselines + round * config.maxRepeat };
}
