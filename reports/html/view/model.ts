/**
 * What a page shows, as plain data: made on the server from a result, drawn by `table.ts` (a
 * string, on either side) and in the browser by `page/`. It may come embedded in a file or as an
 * event of a stream: nothing here knows which.
 */

export type VerdictStatus = 'VALID' | 'SUSPECT' | 'INVALID';

/** Whether a row may be believed, and why not. */
export interface VerdictModel {
  readonly status: VerdictStatus;
  /** As it is shown: `✔ VALID 5/5`. */
  readonly text: string;
  /** Codes of the reasons, each once; empty when VALID. */
  readonly codes: readonly string[];
}

export interface TableModel {
  readonly caption: string;
  readonly columns: readonly TableColumn[];
  readonly rows: readonly TableRow[];
}

export interface TableColumn {
  readonly title: string;
  readonly kind: 'text' | 'number';
  /** What the figure is, in a sentence; '' when the title says it. */
  readonly hint: string;
}

export interface TableRow {
  /** The same in every table and chart of a page. */
  readonly id: string;
  /** What tells it from every other row, in one line: its name, load and link. */
  readonly name: string;
  /** Null where nothing is judged. */
  readonly verdict: VerdictModel | null;
  /** One for each column; the first is the name of the row. */
  readonly cells: readonly TableCell[];
}

export interface TableCell {
  readonly text: string;
  /** A second, smaller line: the interval of a figure. */
  readonly detail?: string;
  /** What it is sorted by: the figure in its unit, or a text; null where there is none. */
  readonly value: number | string | null;
  /** Good or bad news, of a cell that says so in words. */
  readonly tone?: 'better' | 'worse';
  /** Why this figure is doubtful although its row may not be; left out when it is not. */
  readonly doubt?: string;
}

/** A chart of lines over one axis. */
export interface ChartModel {
  readonly title: string;
  readonly x: {
    /** `percentile`: 1 ÷ (1 − quantile), on a logarithmic axis. */
    readonly kind: 'percentile' | 'seconds';
    readonly label: string;
    readonly at: readonly number[];
  };
  readonly y: {
    /** `us`: µs, on a logarithmic axis; `per_s`: per second, from 0. */
    readonly kind: 'us' | 'per_s';
    readonly label: string;
  };
  readonly series: readonly SeriesModel[];
}

export interface SeriesModel {
  /** That of its row. */
  readonly id: string;
  readonly name: string;
  readonly status: VerdictStatus;
  /** Place among the colours and dashes of the page. */
  readonly style: number;
  /** One for each `at`; null where there is no figure. */
  readonly values: readonly (number | null)[];
}

/** All that the script of a page needs; without charts nothing is drawn by it. */
export interface PageModel {
  readonly table: TableModel;
  readonly charts: readonly ChartModel[];
}
