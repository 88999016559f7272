/**
 * What a live page shows, as plain data: parts that are replaced one by one while something runs.
 * The server sends the newest of each as an event; a part says how it is drawn.
 */
import type { ChartModel, TableModel, VerdictStatus } from './model.js';

export type LivePart =
  | {
      readonly kind: 'status';
      readonly state: LiveState;
      /** What is being done, and how long it still takes. */
      readonly text: string;
      readonly tiles: readonly TileModel[];
    }
  /** Null: there is nothing to draw yet, or any more. */
  | { readonly kind: 'chart'; readonly chart: ChartModel | null }
  | { readonly kind: 'grid'; readonly grid: GridModel }
  | { readonly kind: 'table'; readonly table: TableModel }
  | { readonly kind: 'log'; readonly lines: readonly LogLine[] }
  /** The last one: the report, a page in HTML, or null where there is none. */
  | { readonly kind: 'end'; readonly report: string | null };

/** `finished`: by itself. `stopped`: by a signal or an error. */
export type LiveState = 'running' | 'finished' | 'stopped';

/** One figure, large. */
export interface TileModel {
  readonly label: string;
  readonly text: string;
  /** A sentence on what it is. */
  readonly hint: string;
}

/** A matrix that fills: a row for each cell, a column for each run of it. */
export interface GridModel {
  readonly rows: readonly GridRow[];
  /** Rows that are not shown. */
  readonly hidden: number;
}

export interface GridRow {
  readonly name: string;
  readonly runs: readonly GridState[];
}

export type GridState = VerdictStatus | 'running' | 'waiting';

export interface LogLine {
  /** A time of day: `14:05:09`. */
  readonly at: string;
  readonly text: string;
  /** Null of a line that judges nothing. */
  readonly status: VerdictStatus | null;
}

/** Of an event: which part of the page it replaces. */
export interface LiveEvent {
  /** The id of the section. */
  readonly id: string;
  readonly part: LivePart;
}
