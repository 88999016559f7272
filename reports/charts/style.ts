/**
 * How a cell is drawn. Colour is never the only difference: every pair also has its own dash
 * pattern, INVALID is grey.
 */
import type { CellResult } from '../../bench/result/result.js';
import { verdictMark } from '../model/cells.js';

export interface LineStyle {
  readonly colour: string;
  /** An SVG stroke-dasharray; `none` is a solid line. */
  readonly dash: string;
  readonly width: number;
}

/**
 * Okabe & Ito's colour-blind-safe palette (2008), its yellow and orange darkened to be read on
 * white.
 */
const PALETTE = [
  '#0072b2',
  '#d55e00',
  '#009e73',
  '#b8478f',
  '#56a0d3',
  '#a67c00',
  '#000000',
  '#7a4bc0',
] as const;
const DASHES = [
  'none',
  '9 4',
  '2.5 3',
  '12 3 2.5 3',
  '5 3',
  '16 4',
  '2.5 2.5 8 2.5',
  '6 2 1.5 2 1.5 2',
] as const;
const INVALID_STYLE: LineStyle = { colour: '#8a929a', dash: '3 5', width: 1.6 };

/** More lines than this cannot be told apart. */
export const MOST_LINES: number = PALETTE.length;

/** Of the words beside a mark; what is VALID is written as everything else. */
export const VERDICT_COLOURS: Readonly<Record<CellResult['verdict']['status'], string | null>> = {
  VALID: null,
  SUSPECT: '#9a6700',
  INVALID: '#b42318',
};

/**
 * The style of each pair, by its place among the names: a pair looks the same in every chart of a
 * report.
 */
export function stylesFor(names: readonly string[]): (name: string, cell: CellResult) => LineStyle {
  const places = new Map([...new Set(names)].map((name, i) => [name, i]));
  return (name, cell) => {
    if (cell.verdict.status === 'INVALID') return INVALID_STYLE;
    const i = (places.get(name) ?? 0) % MOST_LINES;
    return { colour: PALETTE[i]!, dash: DASHES[i]!, width: 2.4 };
  };
}

/** The verdict in front of any label in a chart; nothing in front of a VALID one. */
export function markPrefix(cell: CellResult): string {
  return cell.verdict.status === 'VALID' ? '' : `${verdictMark(cell.verdict.status)} · `;
}

export function verdictColour(cell: CellResult, otherwise: string): string {
  return VERDICT_COLOURS[cell.verdict.status] ?? otherwise;
}
