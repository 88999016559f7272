/** From options to cells: the matrix, its order and how long it will take. Pure. */
import { LabError } from '../src/errors.js';

/** Everything a run needs to know, complete and already checked one by one. Lists span the matrix. */
export interface RunConfig {
  readonly transports: readonly string[];
  readonly codecs: readonly string[];
  readonly clients: readonly number[];
  /** Feed messages per second, in total; null = the recorded pace of a replay × `speed`. */
  readonly ratesPerSecond: readonly number[] | null;
  /** Payload bytes; 0 = values as the source gives them. */
  readonly sizesBytes: readonly number[];
  readonly durationsMs: readonly number[];
  readonly warmupMs: number;
  readonly repeat: number;
  readonly seed: number;
  /** `synthetic` or `replay:FILE`. */
  readonly source: string;
  readonly speed: number | null;
  readonly symbols: number;
  /** `auto`, `0` or a period in ms: see core/flush. */
  readonly flush: string;
  readonly policy: string;
  readonly host: string;
  readonly port: number;
  readonly datagramBytes: number;
  readonly receiveBufferBytes: number | null;
  readonly sendBufferBytes: number | null;
  /** A message not received this long after the end of the window is lost. */
  readonly tmaxMs: number;
  /** Subscriber processes; 0 = cores − 1, at least 1. */
  readonly subscriberProcesses: number;
}

export const DEFAULT_CONFIG: RunConfig = {
  transports: ['tcp', 'udp'],
  codecs: ['line-json', 'msgpack'],
  clients: [100],
  ratesPerSecond: [100],
  sizesBytes: [40],
  durationsMs: [5_000],
  warmupMs: 1_000,
  repeat: 1,
  seed: 1,
  source: 'synthetic',
  speed: null,
  symbols: 50,
  flush: 'auto',
  policy: 'drop-oldest',
  host: '127.0.0.1',
  port: 0,
  datagramBytes: 1_200,
  receiveBufferBytes: 208 * 1024,
  sendBufferBytes: 208 * 1024,
  tmaxMs: 3_000,
  subscriberProcesses: 0,
};

export const LIMITS = {
  clients: 100_000,
  ratePerSecond: 10_000_000,
  sizeBytes: 512 * 1024,
  durationMs: 24 * 3_600_000,
  repeat: 1_000,
  cells: 10_000,
} as const;

/** One measurement: a transport, a codec and a workload, run once. */
export interface CellPlan {
  /** e.g. `udp/msgpack/c1000/r100/s40/d5000#1`: stable over runs. */
  readonly id: string;
  readonly transport: string;
  readonly codec: string;
  readonly clients: number;
  readonly ratePerSecond: number | null;
  readonly sizeBytes: number;
  readonly durationMs: number;
  /** 1, 2, … */
  readonly run: number;
}

/**
 * The matrix in the order it is run. Repeats interleave: every second round runs backwards (ABBA), so that a slow drift
 * of the machine weighs on all cells alike.
 * @throws LAB_ERR_BAD_VALUE when the matrix is absurdly large
 */
export function planCells(config: RunConfig): CellPlan[] {
  const cells: Omit<CellPlan, 'run' | 'id'>[] = [];
  for (const durationMs of config.durationsMs)
    for (const sizeBytes of config.sizesBytes)
      for (const ratePerSecond of config.ratesPerSecond ?? [null])
        for (const clients of config.clients)
          for (const transport of config.transports)
            for (const codec of config.codecs)
              cells.push({ transport, codec, clients, ratePerSecond, sizeBytes, durationMs });
  if (cells.length * config.repeat > LIMITS.cells) {
    throw new LabError(
      'LAB_ERR_BAD_VALUE',
      `the matrix has ${cells.length * config.repeat} cells, the limit is ${LIMITS.cells}`,
      {
        hint: 'shorten the comma lists or --repeat; --dry-run prints the cells',
      },
    );
  }
  const rounds: CellPlan[] = [];
  for (let run = 1; run <= config.repeat; run++) {
    const round = run % 2 === 1 ? cells : cells.toReversed();
    for (const cell of round) rounds.push({ ...cell, run, id: cellId(cell, run) });
  }
  return rounds;
}

function cellId(cell: Omit<CellPlan, 'run' | 'id'>, run: number): string {
  const rate = cell.ratePerSecond === null ? 'recorded' : `r${cell.ratePerSecond}`;
  return `${cell.transport}/${cell.codec}/c${cell.clients}/${rate}/s${cell.sizeBytes}/d${cell.durationMs}#${run}`;
}

/** Rough seconds a cell takes besides its warm-up and window: processes, baselines, drain. */
const OVERHEAD_PER_CELL_S = 2;
const CONNECTS_PER_S = 1_500;
const BASELINES_S = 2;

/** Seconds the whole run will take, roughly: printed by --dry-run and as the first ETA. */
export function estimateSeconds(config: RunConfig, cells: readonly CellPlan[]): number {
  let sum = BASELINES_S * config.sizesBytes.length;
  for (const cell of cells) {
    sum += OVERHEAD_PER_CELL_S + cell.clients / CONNECTS_PER_S + (config.warmupMs + cell.durationMs) / 1_000;
  }
  return sum;
}
