/** The matrix of a run as it fills. Pure. */
import type { CellPlan } from '../../bench/config.js';
import type { CellResult } from '../../bench/result/result.js';
import type { GridModel, GridState } from '../../reports/html/view/live.js';

/** More rows are not looked through; a table of figures has them all at the end. */
const MOST_ROWS = 200;

interface Row {
  readonly pair: string;
  /** Load and link, as in the id of the cell. */
  readonly rest: string;
  /** By run, from 0. */
  readonly runs: GridState[];
}

export class RunGrid {
  readonly #rows = new Map<string, Row>();

  plan({ id, run, transport, codec }: Pick<CellPlan, 'id' | 'run' | 'transport' | 'codec'>): void {
    this.#set(id, run, `${transport}/${codec}`, 'waiting');
  }

  begin({ id, run, transport, codec }: CellPlan): void {
    this.#set(id, run, `${transport}/${codec}`, 'running');
  }

  end({ id, run, transport, codec, verdict }: CellResult): void {
    this.#set(id, run, `${transport}/${codec}`, verdict.status);
  }

  /** Load and link stand in the names where they differ. */
  get model(): GridModel {
    const rows = [...this.#rows.values()];
    const severalLoads = new Set(rows.map(({ rest }) => rest)).size > 1;
    return {
      rows: rows.slice(0, MOST_ROWS).map(({ pair, rest, runs }) => ({
        name: severalLoads ? `${pair} ${rest}` : pair,
        // A run that nobody has planned yet is to come.
        runs: Array.from(runs, (state) => state ?? 'waiting'),
      })),
      hidden: Math.max(0, rows.length - MOST_ROWS),
    };
  }

  #set(id: string, run: number, pair: string, state: GridState): void {
    const key = id.replace(/#\d+$/, '');
    const row = this.#rows.get(key) ?? { pair, rest: key.slice(pair.length + 1), runs: [] };
    row.runs[run - 1] = state;
    this.#rows.set(key, row);
  }
}
