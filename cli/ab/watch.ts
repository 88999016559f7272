/** What is seen of an A/B while it runs: a live line, and a line for each block, on stderr. */
import { type AbPlan, type Step, secondsOf, stepsOf } from '../../bench/ab/plan.js';
import { isProgress } from '../../bench/ab/session.js';
import type { RunEvent } from '../../bench/events.js';
import { COMPARED, type ComparedName, type Metric } from '../../bench/metric-catalogue.js';
import type { CellResult } from '../../bench/result/result.js';
import { formatFigure } from '../../reports/format.js';
import { pairName, verdictMark } from '../../reports/model/cells.js';
import { note } from '../output.js';
import { LiveLine } from '../ui/live-line.js';
import { Progress } from '../ui/progress.js';
import { isLive } from '../ui/style.js';

export class AbWatch {
  readonly #plan: AbPlan;
  readonly #metric: Metric;
  readonly #progress: Progress;
  readonly #live: LiveLine | undefined;
  readonly #quiet: boolean;
  /** Cells of the block and position that is on, by arm. */
  #block: { arm: number; cell: CellResult }[] = [];

  constructor(plan: AbPlan, metrics: readonly ComparedName[], quiet: boolean) {
    this.#plan = plan;
    this.#quiet = quiet;
    this.#metric = COMPARED[metrics.includes('p99') ? 'p99' : metrics[0]!];
    const steps = [...stepsOf(plan)].map((step) => ({ ...step, cell: named(plan, step) }));
    const seconds = new Map(
      steps.map(({ arm, cell }) => [cell.id, secondsOf(plan.arms[arm]!.config, cell)]),
    );
    this.#progress = new Progress(plan.arms[0]!.config.warmupMs, ({ id }) => seconds.get(id) ?? 0);
    const cells = steps.map(({ cell }) => cell);
    this.#apply({ type: 'start', cells, estimateSeconds: 0 });
    this.#live =
      !quiet && isLive(process.stderr, process.env)
        ? new LiveLine(process.stderr, (width) => this.#progress.line(width, performance.now()))
        : undefined;
  }

  onStep(step: Step, index: number, total: number): void {
    this.#apply({ type: 'cell-start', index, total, cell: named(this.#plan, step) });
  }

  /** Of the run of the cell that is on. */
  onEvent(event: RunEvent): void {
    if (isProgress(event)) this.#apply(event);
  }

  onCell({ block, arm }: Step, result: CellResult): void {
    this.#apply({ type: 'cell-end', index: 0, total: 0, result });
    this.#block.push({ arm, cell: result });
    if (this.#block.length < this.#plan.arms.length * 2) return;
    if (!this.#quiet) this.say(this.#blockLine(block));
    this.#block = [];
  }

  say(text: string): void {
    if (this.#live === undefined) note(text);
    else this.#live.print(text);
  }

  /** Leaves the terminal clean. Safe to call twice. */
  close(): void {
    this.#live?.close();
  }

  #blockLine(block: number): string {
    const { words, unit, value } = this.#metric;
    const arms = this.#plan.arms.map(({ label }, arm) => {
      const cells = this.#block.filter((one) => one.arm === arm).map(({ cell }) => cell);
      const figures = cells.map((cell) => formatFigure(unit, value(cell)));
      const worst = cells.find(({ verdict }) => verdict.status === 'INVALID') ?? cells[0]!;
      const mark = worst.verdict.status === 'INVALID' ? `${verdictMark('INVALID')} ` : '';
      return `${mark}${label} ${figures.join(' and ')}`;
    });
    return `block ${block}/${this.#plan.blocks}${this.#position()}: ${words.title} ${arms.join(', ')}`;
  }

  /** Of several cells, which: those of A and B may differ. */
  #position(): string {
    if (this.#plan.positions.length === 1) return '';
    const names = [0, 1].map((arm) => pairName(this.#block.find((one) => one.arm === arm)!.cell));
    return ` ${[...new Set(names)].join(' and ')}`;
  }

  #apply(event: RunEvent): void {
    this.#progress.apply(event, performance.now());
  }
}

/** Cells of the arms may have one id. */
function named(plan: AbPlan, { arm, cell }: Step): Step['cell'] {
  return { ...cell, id: `${plan.arms[arm]!.label} ${cell.id}` };
}
