/** What a running matrix looks like on one line. Pure: time comes in, text goes out. */

import { type CellPlan, FEWEST_AUTO_RUNS, type RunConfig } from '../../bench/config.js';
import type { Phase, RunEvent } from '../../bench/events.js';
import type { CellResult } from '../../bench/result/result.js';
import { isApart, targetServer } from '../../bench/result/server.js';
import { formatCount, formatMicros, formatPercent, trimmed } from '../../reports/format.js';
import { pairName, verdictMark } from '../../reports/model/cells.js';
import { truncate } from './text.js';

interface CurrentCell {
  readonly index: number;
  /** Null: nobody knows yet how many runs it takes. */
  readonly total: number | null;
  readonly plan: CellPlan;
  readonly startedMs: number;
  phase: Phase;
  phaseStartedMs: number;
  joined: number;
  deliveredPerSecond: number | null;
  p99Micros: number | null;
}

/** Follows the events of a run and says where it is. */
export class Progress {
  readonly #secondsOf: (cell: CellPlan) => number;
  readonly #warmupMs: number;
  #cells: readonly CellPlan[] = [];
  #doing = 'starting';
  #cell: CurrentCell | undefined;
  /** Cells of the round that have begun. */
  readonly #ofRound = new Set<string>();
  /** Of the cells done: seconds they took ÷ seconds they were thought to take. */
  #took = 0;
  #expected = 0;

  /** @param secondsOf what a cell is thought to take */
  constructor(warmupMs: number, secondsOf: (cell: CellPlan) => number) {
    this.#warmupMs = warmupMs;
    this.#secondsOf = secondsOf;
  }

  /** Takes in an event that came at `nowMs`. */
  apply(event: RunEvent, nowMs: number): void {
    const cell = this.#cell;
    if (event.type === 'start') this.#cells = event.cells;
    if (event.type === 'baseline') this.#doing = `baseline ${event.name.replace('-', ' ')}`;
    if (event.type === 'round-end') this.#ofRound.clear();
    if (event.type === 'cell-start') {
      this.#ofRound.add(withoutRun(event.cell));
      this.#cell = {
        index: event.index,
        total: event.total,
        plan: event.cell,
        startedMs: nowMs,
        phase: 'connect',
        phaseStartedMs: nowMs,
        joined: 0,
        deliveredPerSecond: null,
        p99Micros: null,
      };
    }
    if (cell === undefined) return;
    if (event.type === 'phase') {
      if (cell.phase !== event.phase) cell.phaseStartedMs = nowMs;
      cell.phase = event.phase;
      cell.joined = event.joined;
    }
    if (event.type === 'interval') {
      cell.deliveredPerSecond = event.deliveredPerSecond;
      cell.p99Micros = event.p99Micros;
    }
    if (event.type === 'cell-end') {
      this.#took += (nowMs - cell.startedMs) / 1_000;
      this.#expected += this.#secondsOf(cell.plan);
      this.#cell = undefined;
      this.#doing = 'between cells';
    }
  }

  /** At most `width` columns: whole parts are left out from the end, except how long it takes. */
  line(width: number, nowMs: number): string {
    const cell = this.#cell;
    if (cell === undefined) return truncate(this.#doing, width);
    const { plan } = cell;
    const seconds = etaText(this.#secondsLeft(cell, nowMs));
    // With an open end, only what the round that is on still takes can be told.
    const eta = cell.total === null ? `ETA of this run ${seconds}` : `ETA ${seconds}`;
    const parts = [
      `${cellNumber(cell.index, cell.total, plan.run)} ${plan.transport} ${plan.codec}`,
      this.#phaseText(cell, nowMs),
    ];
    // The first second of a warm-up has nothing yet; nothing in a window is news.
    if (
      cell.phase !== 'ceiling' &&
      cell.deliveredPerSecond !== null &&
      (cell.deliveredPerSecond > 0 || cell.phase === 'measure')
    ) {
      parts.push(
        `${formatCount(Math.round(cell.deliveredPerSecond))} msg/s`,
        `p99 ${formatMicros(cell.p99Micros)}`,
      );
    }
    while (parts.length > 1 && [...parts, eta].join(' · ').length > width) parts.pop();
    return truncate([...parts, eta].join(' · '), width);
  }

  #phaseText(cell: CurrentCell, nowMs: number): string {
    const { phase, plan } = cell;
    if (phase === 'connect') return `connect ${cell.joined}/${plan.clients}`;
    if (phase !== 'warm-up' && phase !== 'measure') return phase;
    const totalMs = phase === 'measure' ? plan.durationMs : this.#warmupMs;
    const spent = Math.min(nowMs - cell.phaseStartedMs, totalMs) / 1_000;
    return `${phase} ${Math.floor(spent)}/${Number((totalMs / 1_000).toFixed(1))} s`;
  }

  #secondsLeft(cell: CurrentCell, nowMs: number): number {
    const pace = this.#expected === 0 ? 1 : this.#took / this.#expected;
    const here = this.#secondsOf(cell.plan) * pace - (nowMs - cell.startedMs) / 1_000;
    const later = this.#laterCells(cell).reduce((sum, plan) => sum + this.#secondsOf(plan), 0);
    return Math.max(0, here) + later * pace;
  }

  /** What is still to come: of the plan, or where its end is open, of the round. */
  #laterCells({ plan: { id }, total }: CurrentCell): readonly CellPlan[] {
    if (total !== null)
      return this.#cells.slice(this.#cells.findIndex((plan) => plan.id === id) + 1);
    // Of a run that is resumed, the first round may be over.
    const round = new Map(this.#cells.map((plan) => [withoutRun(plan), plan]));
    for (const begun of this.#ofRound) round.delete(begun);
    return [...round.values()];
  }
}

function withoutRun({ id }: CellPlan): string {
  return id.replace(/#\d+$/, '');
}

/** `cell 3/8`, and with an open end `cell 9, run 3, auto`. */
function cellNumber(index: number, total: number | null, run: number): string {
  return total === null ? `cell ${index + 1}, run ${run}, auto` : `cell ${index + 1}/${total}`;
}

/** Whole seconds below two minutes, then minutes, then hours. */
export function etaText(seconds: number): string {
  if (seconds < 120) return `${Math.ceil(seconds)} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** A finished cell in one line, for logs. `index` counts from 0, as in the events. */
export function cellLine(index: number, total: number | null, cell: CellResult): string {
  const delivered = `${formatCount(cell.goodput.messages_per_s)} delivered/s`;
  const relative = isApart(cell);
  const { p50, p99 } = relative ? cell.pdv_us : cell.latency_us;
  const figures = `p50 ${formatMicros(p50)}, p99 ${formatMicros(p99)}${relative ? ' above the fastest' : ''}`;
  const name = `${pairName(cell)}, ${cell.clients} × ${cell.rate_per_s === null ? (targetServer(cell)?.url ?? 'recorded') : `${formatCount(cell.rate_per_s)}/s`}`;
  const loss = `loss ${formatPercent(cell.loss_ratio)}`;
  const number = total === null ? `${index + 1} run ${cell.run}` : `${index + 1}/${total}`;
  return `${number} ${verdictMark(cell.verdict.status)} ${name}: ${delivered}, ${loss}, ${figures}`;
}

/** What `--repeat auto` makes of a finished round, in one line. */
export function roundLine(
  { ciMetric, ciTarget, maxRepeat }: Pick<RunConfig, 'ciMetric' | 'ciTarget' | 'maxRepeat'>,
  { run, decision }: Extract<RunEvent, { type: 'round-end' }>,
): string {
  const aim = `${ciMetric} within ±${trimmed(formatPercent(ciTarget))}`;
  if (decision === 'reached') return `run ${run}: ${aim} in every cell, enough`;
  if (decision === 'limit') {
    const why = run < maxRepeat ? 'a cell never has one' : `--max-repeat ${maxRepeat}`;
    return `run ${run}: not ${aim} in every cell, but no more runs: ${why}`;
  }
  if (run < FEWEST_AUTO_RUNS) return `run ${run} of at least ${FEWEST_AUTO_RUNS}`;
  return `run ${run}: not yet ${aim} in every cell, going on`;
}
