/** What a running matrix tells whoever watches it. */
import type { CellPlan } from './plan.js';
import type { CellResult } from './result.js';

export type Phase = 'connect' | 'warm-up' | 'measure' | 'drain' | 'collect';

export type RunEvent =
  | { readonly type: 'start'; readonly cells: readonly CellPlan[]; readonly estimateSeconds: number }
  | { readonly type: 'baseline'; readonly name: 'ping' | 'echo-tcp' | 'echo-udp'; readonly sizeBytes: number }
  | { readonly type: 'cell-start'; readonly index: number; readonly total: number; readonly cell: CellPlan }
  | { readonly type: 'phase'; readonly phase: Phase; readonly joined: number; readonly clients: number }
  /** Twice a second from the warm-up on; `elapsedSeconds` counts from the start of the window, so it begins negative. */
  | {
      readonly type: 'interval';
      readonly elapsedSeconds: number;
      readonly deliveredPerSecond: number;
      readonly p99Micros: number | null;
    }
  | {
      readonly type: 'cell-end';
      readonly index: number;
      readonly total: number;
      readonly result: CellResult;
    };

export interface RunHooks {
  readonly onEvent: (event: RunEvent) => void;
  /** First Ctrl-C: stop publishing, drain, report what there is, run no further cell. */
  readonly stop: AbortSignal;
  /** Second Ctrl-C: kill every process and reject with what the signal was aborted with. */
  readonly kill: AbortSignal;
}
