/**
 * The plan of a run as JSON: what `--dry-run --json` prints and `--json-stream` begins with. Units
 * are in the names.
 */

import type { CellPlan, RunConfig } from '../../bench/config.js';
import { estimateSeconds, latestEnd } from '../../bench/run/estimate.js';
import { reproduction } from '../args/run-config.js';

interface PlanDocument {
  readonly command: string;
  readonly seed: number;
  readonly estimate_s: number;
  /** `--repeat auto` may go on beyond the cells listed; null when it is not auto. */
  readonly at_most: { readonly runs: number; readonly estimate_s: number } | null;
  readonly cells: readonly {
    readonly id: string;
    readonly transport: string;
    readonly codec: string;
    readonly clients: number;
    /** The URL of a server that is already running; null = one of our own. */
    readonly target: string | null;
    readonly rate_per_s: number | null;
    readonly size_bytes: number | null;
    /** The next five are null of a server that is already running. */
    readonly flush: string | null;
    readonly repair: string | null;
    readonly congestion: string | null;
    readonly policy: string | null;
    readonly link: string | null;
    readonly duration_s: number;
    readonly run: number;
  }[];
}

const NOT_OURS = {
  ...{ rate_per_s: null, size_bytes: null, flush: null, repair: null },
  ...{ congestion: null, policy: null, link: null },
} as const;

export function planDocument(config: RunConfig, cells: readonly CellPlan[]): PlanDocument {
  const latest = latestEnd(config);
  return {
    command: reproduction(config),
    seed: config.seed,
    estimate_s: Math.round(estimateSeconds(config, cells)),
    at_most: latest === null ? null : { runs: latest.runs, estimate_s: Math.round(latest.seconds) },
    cells: cells.map((cell) => ({
      id: cell.id,
      transport: cell.transport,
      codec: cell.codec,
      clients: cell.clients,
      ...(cell.kind === 'local'
        ? {
            ...{ target: null, rate_per_s: cell.ratePerSecond, size_bytes: cell.sizeBytes },
            ...{ flush: cell.flush, repair: cell.repair, congestion: cell.congestion },
            ...{ policy: cell.policy, link: cell.link },
          }
        : { target: cell.target.url, ...NOT_OURS }),
      duration_s: cell.durationMs / 1_000,
      run: cell.run,
    })),
  };
}
