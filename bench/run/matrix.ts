/** From options to cells: the matrix and its order. Pure. */
import { LabError } from '../../src/errors.js';
import { Random, seedState } from '../../src/random.js';
import {
  type CellPlan,
  DEFAULT_CONGESTION,
  FEWEST_AUTO_RUNS,
  LIMITS,
  type LocalCell,
  type RunConfig,
  type TargetCell,
} from '../config.js';
import { NO_LINK } from '../link/link-spec.js';
import { combinationsOf, valuesIn } from './combinations.js';

type Cell = Omit<LocalCell, 'run' | 'id'> | Omit<TargetCell, 'run' | 'id'>;

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
            ? 'shorten the lists or lower `maxRepeat`'
            : 'shorten the lists or lower `repeat`',
      },
    );
  }
  return Array.from({ length: fewestRuns(config) }, (_, i) => planRound(config, i + 1)).flat();
}

/**
 * Round `run` (1, 2, …): every cell once. A single round keeps the order of the lists; of a pair of
 * rounds, the first is shuffled from the seed and the second runs it backwards (ABBA). The cells of
 * one workload stay side by side. Why: docs/design/reasons.md.
 */
export function planRound(config: RunConfig, run: number): CellPlan[] {
  const matrix = matrixOf(config);
  const order =
    config.repeat === 1 ? matrix.flat() : shuffledMatrix(matrix, config.seed, (run - 1) >> 1);
  const round = run % 2 === 1 ? order : order.toReversed();
  const varied = { flush: isVaried(config, 'flush'), policy: isVaried(config, 'policy') };
  return round.map((cell) => ({ ...cell, run, id: cellId(cell, run, varied) }));
}

function isVaried(config: RunConfig, name: 'flush' | 'policy'): boolean {
  return valuesIn(config, name).length > 1;
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
  const { server } = config;
  const running = server.kind === 'target' ? server.targets : [];
  const targets = new Map(running.map((one) => [one.transport, one]));
  const combinations = combinationsOf(config);
  for (const durationMs of config.durationsMs)
    for (const sizeBytes of config.sizesBytes)
      for (const ratePerSecond of config.ratesPerSecond ?? [null])
        for (const clients of config.clients)
          for (const link of config.links)
            workloads.push(
              combinations.map((combination): Cell => {
                const { transport, codec } = combination;
                const target = targets.get(transport);
                return target === undefined
                  ? {
                      kind: 'local',
                      ...combination,
                      clients,
                      durationMs,
                      ratePerSecond,
                      sizeBytes,
                      link,
                    }
                  : { kind: 'target', transport, codec, clients, durationMs, target };
              }),
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

/** What is usual is left out, and what is the same in all cells, where it always was. */
function cellId(
  cell: Cell,
  run: number,
  varied: { readonly flush: boolean; readonly policy: boolean },
): string {
  if (cell.kind === 'target') {
    return `${cell.transport}/${cell.codec}/c${cell.clients}/target/d${cell.durationMs}#${run}`;
  }
  const rate = cell.ratePerSecond === null ? 'recorded' : `r${cell.ratePerSecond}`;
  const flush = varied.flush ? `/f${cell.flush}` : '';
  const policy = varied.policy ? `/p${cell.policy}` : '';
  const link = cell.link === NO_LINK ? '' : `/l${cell.link}`;
  const repair = cell.repair === 'none' ? '' : `/${cell.repair}`;
  const congestion = cell.congestion === DEFAULT_CONGESTION ? '' : `/${cell.congestion}`;
  return `${cell.transport}/${cell.codec}/c${cell.clients}/${rate}/s${cell.sizeBytes}/d${cell.durationMs}${flush}${policy}${link}${repair}${congestion}#${run}`;
}
