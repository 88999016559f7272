/** What a running matrix tells whoever watches it. */
import type { CellPlan } from './config.js';
import type { LiveAccount } from './record/live-account.js';
import type { RunHead, SessionHead } from './result/cells-file.js';
import type { CellResult } from './result/result.js';

export type Phase = 'connect' | 'warm-up' | 'measure' | 'drain' | 'collect' | 'ceiling';

export type RunEvent =
  | {
      readonly type: 'start';
      readonly cells: readonly CellPlan[];
      readonly estimateSeconds: number;
    }
  | {
      readonly type: 'baseline';
      readonly name: 'ping' | 'echo-tcp' | 'echo-udp';
      readonly sizeBytes: number;
    }
  /** Before the first cell: all that the result will say but for its cells. */
  | { readonly type: 'ready'; readonly head: RunHead }
  /** The same of a run that is resumed: what of it is measured anew. */
  | { readonly type: 'resume'; readonly session: SessionHead }
  /**
   * `index` counts from 0; `total` is null while nobody knows how many runs it takes
   * (`--repeat auto`).
   */
  | {
      readonly type: 'cell-start';
      readonly index: number;
      readonly total: number | null;
      readonly cell: CellPlan;
    }
  | {
      readonly type: 'phase';
      readonly phase: Phase;
      readonly joined: number;
      readonly clients: number;
    }
  /**
   * Twice a second from the warm-up on; `elapsedSeconds` counts from the start of the window, so it
   * begins negative.
   */
  | {
      readonly type: 'interval';
      readonly elapsedSeconds: number;
      readonly deliveredPerSecond: number;
      readonly p99Micros: number | null;
    }
  /** A second of the window that every subscriber process has reported, counted from 0. */
  | {
      readonly type: 'second';
      readonly second: number;
      readonly delivered: number;
      readonly p50Micros: number | null;
      readonly p99Micros: number | null;
      readonly account: LiveAccount;
    }
  /** Its ceiling is still to come: the cell as it is should the run end before. */
  | { readonly type: 'cell-measured'; readonly result: CellResult }
  | {
      readonly type: 'cell-end';
      readonly index: number;
      readonly total: number | null;
      readonly result: CellResult;
    }
  /** With `--repeat auto`, after every cell has had its run `run`. */
  | { readonly type: 'round-end'; readonly run: number; readonly decision: Decision };

export interface RunHooks {
  readonly onEvent: (event: RunEvent) => void;
  /** First Ctrl-C: stop publishing, drain, report what there is, run no further cell. */
  readonly stop: AbortSignal;
  /** Second Ctrl-C: kill every process and reject with what the signal was aborted with. */
  readonly kill: AbortSignal;
}

/**
 * `reached`: the metric of every cell is known well enough. `limit`: it is not, and more runs are
 * not to be made, because there are `maxRuns` or because the cells that are not known never have a
 * value.
 */
export type Decision = 'go on' | 'reached' | 'limit';
