/** What is seen of a search while it runs: a live line, and a line for each trial, on stderr. */
import type { Phase, RunEvent } from '../../bench/events.js';
import { nameOf } from '../../bench/search/assemble.js';
import type { SearchProfile, SearchTrial } from '../../bench/search/document.js';
import { boundsOf, byLoad, classesOf } from '../../bench/search/mlr/bounds.js';
import { initialTarget } from '../../bench/search/mlr/goal.js';
import { trialSeconds } from '../../bench/search/plan.js';
import { pointsOf, type SearchSession, type Step } from '../../bench/search/session.js';
import { secondsLeft } from '../../bench/search/time-left.js';
import { formatCount, formatMicros } from '../../reports/format.js';
import { boundsText, loadText, profileLine, trialLine } from '../../reports/search/words.js';
import { note } from '../output.js';
import { LiveLine } from '../ui/live-line.js';
import { etaText } from '../ui/progress.js';
import { isLive } from '../ui/style.js';
import { truncate } from '../ui/text.js';

interface Current {
  readonly step: Step;
  readonly beganMs: number;
  phase: Phase;
  deliveredPerSecond: number | null;
  p99Micros: number | null;
}

export class SearchWatch {
  readonly #session: SearchSession;
  readonly #quiet: boolean;
  readonly #live: LiveLine | undefined;
  #current: Current | undefined;
  /** What is left at the step that is on, at the pace so far. */
  #left = 0;
  /** Seconds that trials took, and were thought to take. */
  #took = 0;
  #expected = 0;

  constructor(session: SearchSession, quiet: boolean) {
    this.#session = session;
    this.#quiet = quiet;
    this.#live =
      !quiet && isLive(process.stderr, process.env)
        ? new LiveLine(process.stderr, (width) => this.#line(width, performance.now()))
        : undefined;
  }

  onStep(step: Step): void {
    const pace = this.#expected === 0 ? 1 : this.#took / this.#expected;
    this.#left = secondsLeft(this.#session.plan, this.#session.records, pace);
    this.#current = {
      ...{ step, beganMs: performance.now(), phase: 'connect' },
      ...{ deliveredPerSecond: null, p99Micros: null },
    };
  }

  /** Of the run of the cell that is on. */
  onEvent(event: RunEvent): void {
    const current = this.#current;
    if (current === undefined) return;
    if (event.type === 'phase') current.phase = event.phase;
    if (event.type !== 'interval') return;
    current.deliveredPerSecond = event.deliveredPerSecond;
    current.p99Micros = event.p99Micros;
  }

  onTrial(step: Step, trial: SearchTrial | SearchProfile): void {
    const { plan, records } = this.#session;
    const { combination } = records[step.index]!;
    this.#took += (performance.now() - (this.#current?.beganMs ?? 0)) / 1_000;
    this.#expected += trialSeconds(plan, combination, step.phase);
    this.#current = undefined;
    if (this.#quiet) return;
    const line =
      'share' in trial ? profileLine(trial, plan.axis) : trialLine(trial, plan.axis, plan.goals);
    this.say(`${nameOf(combination, plan)}  ${line}`);
  }

  say(text: string): void {
    if (this.#live === undefined) note(text);
    else this.#live.print(text);
  }

  /** Leaves the terminal clean. Safe to call twice. */
  close(): void {
    this.#live?.close();
  }

  /** Whole parts are left out from the end, except how long it takes. */
  #line(width: number, nowMs: number): string {
    const current = this.#current;
    if (current === undefined) return 'between trials';
    const { plan, records } = this.#session;
    const { step, beganMs, phase, deliveredPerSecond, p99Micros } = current;
    const record = records[step.index]!;
    const left = Math.max(0, this.#left - (nowMs - beganMs) / 1_000);
    const eta = `ETA about ${etaText(left)}`;
    const place = records.length === 1 ? '' : `${step.index + 1}/${records.length} `;
    const parts = [
      `${place}${nameOf(record.combination, plan)} ${loadText(plan.axis, step.load)}`,
      phase,
      this.#boundsText(step.index),
      ...(deliveredPerSecond === null
        ? []
        : [`${formatCount(Math.round(deliveredPerSecond))} msg/s, p99 ${formatMicros(p99Micros)}`]),
    ];
    while (parts.length > 1 && [...parts, eta].join(' · ').length > width) parts.pop();
    return truncate([...parts, eta].join(' · '), width);
  }

  /** Where the first goal is, by whatever trials there are. */
  #boundsText(index: number): string {
    const { plan, records } = this.#session;
    const loads = byLoad(pointsOf(records[index]!.trials, 0));
    return boundsText(boundsOf(classesOf(loads, initialTarget(plan.timing))), plan.axis);
  }
}
