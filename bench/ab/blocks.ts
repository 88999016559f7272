/** The blocks of one position of an A/B: which runs are in each, and which may be used. Pure. */
import type { CellResult } from '../result/result.js';
import { isUsable, usableRuns } from '../result/usable.js';
import type { AbCell } from './document.js';
import { RUNS_PER_BLOCK } from './plan.js';

/** The runs of both sides in one block. */
export interface Sides {
  readonly a: readonly CellResult[];
  readonly b: readonly CellResult[];
}

export interface PositionBlocks {
  /** With all runs of both sides, none INVALID or cut short, latencies of a side alike. */
  readonly usable: readonly Sides[];
  readonly counts: AbCell['blocks'];
  /** Why cells are SUSPECT or INVALID, what holds of most blocks first. */
  readonly causes: AbCell['causes'];
}

/** @param ids of the two cells, without their runs */
export function blocksOf(
  ids: { readonly a: string; readonly b: string },
  a: readonly CellResult[],
  b: readonly CellResult[],
): PositionBlocks {
  const blocks = byNumber(ids, a, b);
  const sound = blocks.filter((block) => isWhole(block) && cellsOf(block).every(isUsable));
  const alike = new Set([
    ...usableRuns(sound.flatMap((block) => block.a)),
    ...usableRuns(sound.flatMap((block) => block.b)),
  ]);
  const usable = sound.filter((block) => cellsOf(block).every((cell) => alike.has(cell)));
  const having = (of: readonly Sides[], status: CellResult['verdict']['status']): number =>
    of.filter((block) => cellsOf(block).some(({ verdict }) => verdict.status === status)).length;
  const invalid = having(blocks, 'INVALID');
  return {
    usable,
    causes: causesOf(blocks),
    counts: {
      usable: usable.length,
      suspect: having(usable, 'SUSPECT'),
      invalid,
      incomplete: blocks.length - sound.length - invalid,
      other_latency: sound.length - usable.length,
    },
  };
}

export function cellsOf({ a, b }: Sides): CellResult[] {
  return [...a, ...b];
}

function byNumber(
  ids: { readonly a: string; readonly b: string },
  a: readonly CellResult[],
  b: readonly CellResult[],
): Sides[] {
  const blocks = new Map<number, { a: CellResult[]; b: CellResult[] }>();
  const put = (side: 'a' | 'b', cells: readonly CellResult[]): void => {
    for (const cell of cells) {
      if (cell.id !== `${ids[side]}#${cell.run}`) continue;
      const number = Math.ceil(cell.run / RUNS_PER_BLOCK);
      const block = blocks.get(number) ?? { a: [], b: [] };
      blocks.set(number, block);
      block[side].push(cell);
    }
  };
  put('a', a);
  put('b', b);
  return [...blocks].sort(([x], [y]) => x - y).map(([, block]) => block);
}

function isWhole({ a, b }: Sides): boolean {
  return a.length === RUNS_PER_BLOCK && b.length === RUNS_PER_BLOCK;
}

function causesOf(blocks: readonly Sides[]): AbCell['causes'] {
  const counts = new Map<string, number>();
  for (const block of blocks) {
    const codes = cellsOf(block).flatMap(({ verdict }) => verdict.reasons.map(({ code }) => code));
    for (const code of new Set(codes)) counts.set(code, (counts.get(code) ?? 0) + 1);
  }
  return [...counts]
    .sort(([, x], [, y]) => y - x)
    .map(([code, count]) => ({ code, blocks: count }));
}
