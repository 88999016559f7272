/**
 * An A/B in one session: which cells stand against each other, and in which order they are
 * measured. Pure; docs/design/methodology.md, "A/B in one session".
 */
import { LabError } from '../../src/errors.js';
import { Random, seedState } from '../../src/random.js';
import type { CellPlan, RunConfig } from '../config.js';
import { estimateSeconds } from '../run/estimate.js';
import { planRound } from '../run/matrix.js';

/** `control`: the configuration of A once more, so that noise alone is seen too. */
export type ArmLabel = 'A' | 'B' | 'control';

export interface Arm {
  readonly label: ArmLabel;
  readonly config: RunConfig;
}

export interface AbPlan {
  readonly arms: readonly Arm[];
  /** At each position the cells of all arms, in their order: those that are compared. */
  readonly positions: readonly (readonly CellPlan[])[];
  readonly blocks: number;
  readonly seed: number;
}

/** One cell of one arm. */
export interface Step {
  /** 1, 2, … */
  readonly block: number;
  readonly position: number;
  /** Index of the arm. */
  readonly arm: number;
  /** Its run is 2 × block − 1, and then 2 × block. */
  readonly cell: CellPlan;
}

/** Runs of each cell in a block, on each side. */
export const RUNS_PER_BLOCK = 2;

/** The stream of the seed that the order takes; those of a run are far below. */
const ORDER_STREAM = 1_000_000;

/** @throws LAB_ERR_USAGE when the matrices of two arms are not of one shape */
export function planBlocks(arms: readonly Arm[], blocks: number, seed: number): AbPlan {
  const [first, ...others] = arms as readonly [Arm, ...Arm[]];
  for (const other of others) checkShape(first, other);
  const matrices = arms.map(({ config }) => planRound({ ...config, repeat: 1 }, 1));
  const [of, to] = [matrices[0]!, matrices.find(({ length }) => length !== matrices[0]!.length)];
  if (to !== undefined) {
    const problem = `the matrices are not of one size: ${of.length} and ${to.length} cells`;
    const hint = 'give combinations of the same number on both sides';
    throw new LabError('LAB_ERR_USAGE', problem, { hint });
  }
  const positions = matrices[0]!.map((_, i) => matrices.map((cells) => cells[i]!));
  return { arms, positions, blocks, seed };
}

/** Those that span the matrix. */
const LISTS = [
  'stacks',
  'transports',
  'codecs',
  'flushes',
  'links',
  'repairs',
  'congestions',
  'policies',
  'clients',
  'ratesPerSecond',
  'sizesBytes',
  'durationsMs',
] as const;

/** A list for a list: cells at the same place of their matrices are compared. */
function checkShape(a: Arm, b: Arm): void {
  for (const name of LISTS) {
    const [of, to] = [a, b].map(({ config }) => config[name]?.length ?? 1);
    if (of === to) continue;
    throw new LabError(
      'LAB_ERR_USAGE',
      `the cells of ${a.label} and ${b.label} do not match one to one: \`${name}\` has ${of} of them in ${a.label} and ${to} in ${b.label}`,
      { hint: `give \`${name}\` as many values on both sides` },
    );
  }
}

/**
 * Every step in its order. In a block each position is measured by all arms and then by all of them
 * backwards (ABBA, or BAAB): a steady drift adds the same to both. Which arm begins alternates from
 * a start that the seed says, so that neither place is always one arm's.
 */
export function* stepsOf({ arms, positions, blocks, seed }: AbPlan): Generator<Step> {
  const random = new Random(seedState(seed, ORDER_STREAM));
  const turned = random.nextInt(2);
  for (let block = 1; block <= blocks; block++) {
    const isTurned = (block + turned) % 2 === 0;
    for (const [position, cells] of positions.entries()) {
      const there = isTurned ? arms.map((_, i) => arms.length - 1 - i) : arms.map((_, i) => i);
      for (const [half, order] of [there, there.toReversed()].entries()) {
        const run = (block - 1) * RUNS_PER_BLOCK + half + 1;
        for (const arm of order)
          yield { block, position, arm, cell: { ...cells[arm]!, run, id: idOf(cells[arm]!, run) } };
      }
    }
  }
}

function idOf(cell: CellPlan, run: number): string {
  return `${idWithoutRun(cell)}#${run}`;
}

/** What the runs of one cell have in common. */
export function idWithoutRun({ id }: Pick<CellPlan, 'id'>): string {
  return id.replace(/#\d+$/, '');
}

/**
 * The configuration that measures this cell and nothing else. Baselines and ceilings are left out:
 * both sides have the same.
 */
export function cellConfig(config: RunConfig, cell: CellPlan): RunConfig {
  const { transport, codec, clients, durationMs } = cell;
  const common = {
    ...config,
    stacks: null,
    transports: [transport],
    codecs: [codec],
    clients: [clients],
    durationsMs: [durationMs],
    repeat: 1,
    baselines: false,
    ceiling: false,
  };
  if (cell.kind === 'target')
    return { ...common, server: { kind: 'target', targets: [cell.target] } };
  const { ratePerSecond, sizeBytes, flush, link, repair, congestion, policy } = cell;
  return {
    ...common,
    ratesPerSecond: ratePerSecond === null ? null : [ratePerSecond],
    sizesBytes: [sizeBytes],
    flushes: [flush],
    links: [link],
    repairs: [repair],
    congestions: [congestion],
    policies: [policy],
  };
}

/** Seconds that one cell takes, roughly. */
export function secondsOf(config: RunConfig, cell: CellPlan): number {
  return estimateSeconds(cellConfig(config, cell), [cell]);
}

/** Seconds that the whole session takes, roughly. */
export function sessionSeconds({ arms, positions, blocks }: AbPlan): number {
  const block = positions
    .flatMap((cells) => cells.map((cell, arm) => secondsOf(arms[arm]!.config, cell)))
    .reduce((sum, seconds) => sum + seconds, 0);
  return block * RUNS_PER_BLOCK * blocks;
}
