/** What is seen of a run while it runs: a live line or plain lines on stderr, NDJSON on stdout. */

import type { CellPlan, RunConfig } from '../../bench/config.js';
import type { Phase, RunEvent } from '../../bench/events.js';
import { estimateSeconds } from '../../bench/run/estimate.js';
import { emit, note } from '../output.js';
import { LiveLine } from '../ui/live-line.js';
import { cellLine, Progress, roundLine } from '../ui/progress.js';
import { isLive } from '../ui/style.js';
import type { OutputPlan } from './output-plan.js';
import { planDocument } from './plan-document.js';

export interface RunWatch {
  onEvent(event: RunEvent): void;
  /** Says something on stderr without tearing the live line. */
  say(text: string): void;
  /** Leaves the terminal clean. Safe to call twice. */
  close(): void;
}

export function watchRun(config: RunConfig, plan: OutputPlan): RunWatch {
  const progress = new Progress(config.warmupMs, (cell) => secondsOf(config, cell));
  const live =
    !plan.quiet && isLive(process.stderr, process.env)
      ? new LiveLine(process.stderr, (width) => progress.line(width, performance.now()))
      : undefined;
  const say = (text: string): void => (live === undefined ? note(text) : live.print(text));
  const stream = plan.stdout === 'json-stream' ? new EventStream(config) : undefined;
  return {
    onEvent: (event) => {
      progress.apply(event, performance.now());
      stream?.apply(event);
      if (event.type === 'round-end' && !plan.quiet) say(roundLine(config, event));
      if (event.type === 'cell-end' && !plan.quiet)
        say(cellLine(event.index, event.total, event.result));
    },
    say,
    close: () => live?.close(),
  };
}

/** What one cell adds to the estimate of the whole. */
function secondsOf(config: RunConfig, cell: CellPlan): number {
  return estimateSeconds(config, [cell]) - estimateSeconds(config, []);
}

/**
 * `{"event":"start|interval","data":…}`, a line each; the `end` is the result and comes with it.
 */
class EventStream {
  readonly #config: RunConfig;
  #cell: CellPlan | undefined;
  #phase: Phase = 'connect';

  constructor(config: RunConfig) {
    this.#config = config;
  }

  apply(event: RunEvent): void {
    if (event.type === 'start') this.#emit('start', planDocument(this.#config, event.cells));
    if (event.type === 'cell-start') this.#cell = event.cell;
    if (event.type === 'phase') this.#phase = event.phase;
    if (event.type === 'interval') {
      this.#emit('interval', {
        cell: this.#cell?.id ?? null,
        phase: this.#phase,
        elapsed_s: event.elapsedSeconds,
        delivered_per_s: event.deliveredPerSecond,
        p99_us: event.p99Micros,
      });
    }
  }

  #emit(event: string, data: unknown): void {
    emit({ event, data });
  }
}
