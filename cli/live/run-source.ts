/** A run as a live page shows it: follows the events of the run. */
import type { CellPlan, RunConfig } from '../../bench/config.js';
import type { RunEvent } from '../../bench/events.js';
import type { CellResult, LabResult } from '../../bench/result/result.js';
import { STATUS_ID } from '../../reports/html/live.js';
import { figuresTable } from '../../reports/html/run/figures-table.js';
import type { LiveState, LogLine } from '../../reports/html/view/live.js';
import { inPlanOrder, plural } from '../../reports/model/cells.js';
import { cellLine, Progress, roundLine } from '../ui/progress.js';
import { CellNow } from './cell-now.js';
import type { LiveSource, Replace } from './live.js';
import { RunGrid } from './run-grid.js';

const MOST_LINES = 200;
/** A status line is wrapped by the page. */
const WIDTH = 200;
/**
 * Times what the table of figures took to make: as long as it is not made anew. So it takes 2 % of
 * a core at most, however large the matrix.
 */
const PAUSE = 50;

const SECTIONS = [
  { id: 'latencies', title: 'Latency of this cell' },
  { id: 'deliveries', title: 'Deliveries of this cell' },
  { id: 'grid', title: 'The matrix' },
  { id: 'figures', title: 'Figures of the cells that are over' },
  // What the verdicts of the table link to.
  { id: 'reasons', title: 'Verdicts as they came' },
] as const;

export class RunSource implements LiveSource {
  readonly title: string;
  readonly facts: readonly string[];
  readonly sections: typeof SECTIONS = SECTIONS;
  readonly #config: RunConfig;
  readonly #progress: Progress;
  readonly #soFar: () => LabResult | undefined;
  readonly #timeOfDay: () => Date;
  readonly #now: () => number;
  readonly #grid = new RunGrid();
  readonly #lines: LogLine[] = [];
  readonly #changed = new Set<string>();
  #cell: CellNow | undefined;
  #name = '';
  #state: LiveState = 'running';
  #said = '';
  #nextFigures = Number.NEGATIVE_INFINITY;

  /**
   * @param secondsOf what a cell is thought to take
   * @param soFar the cells that are over; undefined before the first is
   * @param earlier of a run that is resumed, those measured before
   * @param timeOfDay for the log
   * @param now ms, of the clock that `nowMs` is of
   */
  constructor(
    config: RunConfig,
    secondsOf: (cell: CellPlan) => number,
    command: string,
    soFar: () => LabResult | undefined,
    earlier: readonly CellResult[] = [],
    timeOfDay: () => Date = () => new Date(),
    now: () => number = () => performance.now(),
  ) {
    this.title = `lab run: ${config.transports.join(', ')} with ${config.codecs.join(', ')}`;
    this.facts = [command];
    this.#config = config;
    this.#progress = new Progress(config.warmupMs, secondsOf);
    this.#soFar = soFar;
    this.#timeOfDay = timeOfDay;
    this.#now = now;
    for (const cell of earlier) this.#grid.end(cell);
  }

  onEvent(event: RunEvent, nowMs: number): void {
    this.#progress.apply(event, nowMs);
    if (event.type === 'start') {
      for (const cell of event.cells) this.#grid.plan(cell);
      this.#changed.add('grid');
      this.#log(`${plural(event.cells.length, 'cell')} planned`, null);
    } else if (event.type === 'cell-start') {
      this.#grid.begin(event.cell);
      this.#cell = new CellNow(event.cell);
      this.#name = event.cell.id;
      for (const id of ['grid', 'latencies', 'deliveries']) this.#changed.add(id);
    } else if (event.type === 'interval') {
      this.#cell?.interval(event.deliveredPerSecond);
    } else if (event.type === 'second') {
      this.#cell?.second(event);
      for (const id of ['latencies', 'deliveries']) this.#changed.add(id);
    } else if (event.type === 'cell-end') {
      const { result, index, total } = event;
      this.#grid.end(result);
      for (const id of ['grid', 'figures']) this.#changed.add(id);
      const codes = result.verdict.reasons.map(({ code }) => code).join(', ');
      const why = codes === '' ? '' : ` (${codes})`;
      this.#log(`${cellLine(index, total, result)}${why}`, result.verdict.status);
    } else if (event.type === 'round-end') {
      this.#log(roundLine(this.#config, event), null);
    }
  }

  /** Nothing more is measured. */
  end(state: 'finished' | 'stopped', text: string): void {
    this.#state = state;
    this.#said = text;
    this.#cell = undefined;
    this.#nextFigures = Number.NEGATIVE_INFINITY;
    this.#changed.add('latencies').add('deliveries');
    this.#log(text, null);
  }

  refresh(replace: Replace, nowMs: number): void {
    const cell = this.#cell;
    const text = this.#state === 'running' ? this.#progress.line(WIDTH, nowMs) : this.#said;
    const about = cell === undefined ? text : `${text} · ${this.#name}`;
    replace(STATUS_ID, () => ({
      kind: 'status',
      state: this.#state,
      text: about,
      tiles: cell?.tiles ?? [],
    }));
    for (const id of this.#changed) {
      if (id === 'figures' && nowMs < this.#nextFigures) continue;
      this.#changed.delete(id);
      this.#replace(id, replace, cell);
    }
  }

  #replace(id: string, replace: Replace, cell: CellNow | undefined): void {
    if (id === 'latencies') replace(id, () => ({ kind: 'chart', chart: cell?.latencies ?? null }));
    else if (id === 'deliveries')
      replace(id, () => ({ kind: 'chart', chart: cell?.deliveries ?? null }));
    else if (id === 'grid') replace(id, () => ({ kind: 'grid', grid: this.#grid.model }));
    else if (id === 'reasons') replace(id, () => ({ kind: 'log', lines: this.#lines }));
    else this.#replaceFigures(replace);
  }

  /** The same table that the report has, of the cells that are over. */
  #replaceFigures(replace: Replace): void {
    const result = this.#soFar();
    if (result === undefined) return;
    replace('figures', () => {
      const began = this.#now();
      const table = figuresTable(inPlanOrder(result));
      const ended = this.#now();
      this.#nextFigures = ended + (ended - began) * PAUSE;
      return { kind: 'table', table };
    });
  }

  #log(text: string, status: LogLine['status']): void {
    const at = this.#timeOfDay().toTimeString().slice(0, 8);
    this.#lines.unshift({ at, text, status });
    if (this.#lines.length > MOST_LINES) this.#lines.pop();
    this.#changed.add('reasons');
  }
}
