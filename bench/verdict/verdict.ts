/** Whether a cell's figures may be believed, why not, and what to do next. Pure. */

import { quotedMessage, type SerializedLabError } from '../../src/errors.js';
import { groupedText } from '../../src/options/value-text.js';
import type { ServerRecord } from '../cell-record.js';
import type { JoinFailure } from '../ipc/subscribers.js';
import { UNATTRIBUTED_LIMIT } from '../result/ledger.js';
import type { CellResult, VerdictReason } from '../result/result.js';
import { isApart, isTarget } from '../result/server.js';
import { cpuReasons } from './cpu.js';
import { instrumentEvidence, instrumentReasons } from './instrument.js';
import { linkReasons, linkSeconds } from './link.js';
import { lagReason, rateReason } from './rate.js';
import { invalid, suspect } from './reason.js';
import { targetReasons } from './target.js';

/** Strangers a second: a health check or two are not felt. */
const SUSPECT_STRANGERS = 10;
/**
 * Deliveries that go on for longer than this share of the window (and this many seconds) after its
 * end were queueing.
 */
const DRAIN_SHARE = 0.05;
const DRAIN_FLOOR_S = 0.1;

/** What is judged: a cell without its verdict, and what only the coordinator knows. */
export interface Evidence {
  readonly cell: Omit<CellResult, 'verdict'>;
  readonly failure: SerializedLabError | null;
  readonly interrupted: boolean;
  readonly joinFailures: readonly JoinFailure[];
  readonly cut: readonly JoinFailure[];
  readonly sourceUnderruns: number;
  /**
   * Connections and datagrams of others that came to the server in the window, and got nothing; at
   * least so many.
   */
  readonly strangers: number;
  /** The server was still publishing when the deadline passed. */
  readonly behind: boolean;
  /** The server processes published the same feed. */
  readonly feedsAgree: boolean;
  readonly bufferFactor: number;
  /** Of UDP with repair: how long what was missed is repaired. */
  readonly repairDeadlineMs: number;
  /** What is known of it besides its reports. */
  readonly server: ServerRecord;
}

type Judge = (evidence: Evidence) => VerdictReason | readonly VerdictReason[] | undefined;

const RULES: readonly Judge[] = [
  ({ cell }) => linkReasons(cell),
  ({ failure }) =>
    failure === null
      ? undefined
      : invalid(
          failure.code.replace('LAB_ERR_', ''),
          quotedMessage(failure),
          failure.hint ?? 'run the cell again',
        ),
  ({ cell: { drain_s: drain, duration_s: window, link_counts: link, repairs }, ...evidence }) => {
    // What was lost at the end of the window is no backlog while it is being repaired.
    const repairing = repairs === null ? 0 : evidence.repairDeadlineMs / 1_000;
    const allowed = linkSeconds(link) + repairing + Math.max(DRAIN_FLOOR_S, window * DRAIN_SHARE);
    return drain === null || drain <= allowed
      ? undefined
      : suspect(
          'BACKLOG_AT_END',
          `deliveries went on for ${drain.toFixed(2)} s after a window of ${window} s: ${link === null ? 'the subscribers were behind the feed' : 'they waited in front of the link, or for it'}`,
          'lower --rate or --clients, or raise --duration to see whether the backlog grows',
        );
  },
  ({ interrupted }) =>
    interrupted
      ? suspect(
          'INTERRUPTED',
          'the run was interrupted: the figures cover only what was published until then',
          'let it finish',
        )
      : undefined,
  ({ cell, failure, interrupted, joinFailures }) => {
    // A cell that failed or was stopped before anybody could join has that for a reason.
    const endedBefore = cell.joined === 0 && (failure !== null || interrupted);
    if (cell.joined >= cell.clients || endedBefore) return undefined;
    const why = joinFailures.map((one) => `${one.count} × ${quotedMessage(one)}`).join('; ');
    return invalid(
      'READINESS_INCOMPLETE',
      `only ${groupedText(cell.joined)} of ${groupedText(cell.clients)} clients had joined when the feed began${why === '' ? '' : `: ${why}`}`,
      joinFailures[0]?.hint ??
        'lower --clients, or look at what limits connections on this machine',
    );
  },
  ({ cut }) => {
    if (cut.length === 0) return undefined;
    const why = cut.map((one) => `${one.count} × ${one.code}: ${quotedMessage(one)}`).join('; ');
    return invalid(
      'SUBSCRIBERS_CUT',
      `subscriptions ended before the feed did: ${why}`,
      cut[0]?.hint ??
        (cut.some(({ code }) => code === 'LAB_ERR_LAGGED')
          ? 'see --policy'
          : 'lower --clients or --rate: most likely a process was too busy to keep its connections'),
    );
  },
  ({ cell, failure, interrupted }) =>
    failure === null && (cell.delivered ?? 0) === 0
      ? invalid(
          'NOTHING_DELIVERED',
          'no message of the window reached any subscriber',
          interrupted
            ? 'let the run reach its window'
            : cell.server.kind === 'target'
              ? `does ${cell.server.url} publish anything? lab subscribe shows it; for a slow feed raise --warmup and --duration`
              : 'check --rate, --duration and the network',
        )
      : undefined,
  rateReason,
  ({ feedsAgree }) =>
    feedsAgree
      ? undefined
      : invalid(
          'FEED_MISMATCH',
          'the server processes did not publish the same feed: their feed_sha256 differ',
          'a source must give the same messages every time it is read: see that no file it reads changes',
        ),
  ({ cell, server }) => targetReasons(cell, server),
  ({ cell, failure }) => (failure === null ? ledgerReason(cell) : undefined),
  ({ cell: { ledger } }) =>
    ledger.balanced !== true || ledger.subscribers_unbalanced === 0
      ? undefined
      : suspect(
          'SUBSCRIBERS_UNBALANCED',
          `${groupedText(ledger.subscribers_unbalanced ?? 0)} of ${groupedText(ledger.joined)} subscribers miss more than 0.01 % of their messages without an explanation`,
          'few losses in all, but not spread evenly: raise --rcvbuf, and look at those subscribers before trusting the tail',
        ),
  lagReason,
  ({ cell }) => cpuReasons(cell),
  ({ cell }) => instrumentReasons(instrumentEvidence(cell)),
  ({ strangers, cell: { duration_s: window } }) =>
    strangers <= SUSPECT_STRANGERS * window
      ? undefined
      : suspect(
          'STRANGERS',
          `at least ${strangers} connections or datagrams of strangers came to the server in the window`,
          'none got anything of the feed, but each cost it time: see who uses the port, or choose another --port or --host',
        ),
  ({ sourceUnderruns }) =>
    sourceUnderruns === 0
      ? undefined
      : suspect(
          'SOURCE_STARVED',
          `the source had no message ready ${sourceUnderruns} times when one was due`,
          'use a faster source or a lower --rate',
        ),
  ({ cell }) =>
    cell.latency_us.negative === 0
      ? undefined
      : suspect(
          'NEGATIVE_LATENCY',
          `${cell.latency_us.negative} messages seem to have arrived before they were sent`,
          !isTarget(cell)
            ? 'the clocks of the processes disagree: report this as a bug'
            : 'the clock of the server is ahead of ours: start the server again, or see to the clock of this machine',
        ),
  ({ cell: { latency_us: latency } }) =>
    latency.overflow === 0
      ? undefined
      : suspect(
          'LATENCY_OVERFLOW',
          `${latency.overflow} latencies were beyond the histogram and are in no percentile`,
          'shorten --tmax',
        ),
  ({ cell }) =>
    // Where clocks differ there is no latency, and the time above the fastest delivery stands in
    // for it.
    (cell.delivered ?? 0) > 0 && (isApart(cell) ? cell.pdv_us : cell.latency_us).p99 === null
      ? suspect(
          'TOO_FEW_SAMPLES',
          `${isApart(cell) ? cell.delivered : cell.latency_us.count} samples are too few for a p99 (1,000 are needed)`,
          'raise --duration, --rate or --clients',
        )
      : undefined,
  ({ cell: { sockets }, bufferFactor }) =>
    bufferReason(
      'RECEIVE',
      sockets.receive_buffer_requested_bytes,
      sockets.receive_buffer_bytes,
      bufferFactor,
    ),
  ({ cell: { sockets }, bufferFactor }) =>
    bufferReason(
      'SEND',
      sockets.send_buffer_requested_bytes,
      sockets.send_buffer_bytes,
      bufferFactor,
    ),
];

export function evaluate(evidence: Evidence): CellResult['verdict'] {
  const reasons = RULES.flatMap((one) => one(evidence) ?? []);
  const invalidOne = reasons.some(({ severity }) => severity === 'INVALID');
  return { status: invalidOne ? 'INVALID' : reasons.length > 0 ? 'SUSPECT' : 'VALID', reasons };
}

function ledgerReason({
  ledger,
  server,
}: Pick<CellResult, 'ledger' | 'server'>): VerdictReason | undefined {
  const { balanced, unattributed, expected } = ledger;
  if (balanced !== false || unattributed === null || expected === null) return undefined;
  const isSumEven = Math.abs(unattributed) <= expected * UNATTRIBUTED_LIMIT;
  return invalid(
    'LEDGER_UNBALANCED',
    isSumEven
      ? `the accounts of ${ledger.subscribers_unbalanced} subscribers do not balance: only their sum does, in which errors cancel out`
      : `${unattributed} of ${expected} deliveries are unaccounted for (more than 0.01 %)`,
    ledger.kernel_receive_drops === null
      ? 'this platform does not say what its sockets drop: run on Linux, or raise --rcvbuf'
      : server.kind === 'local'
        ? 'nothing the lab can see explains them; server and subscribers are on one machine, so no network does: lower --rate or --clients, or raise --tmax'
        : 'nothing the lab can see explains them: look at the network between server and subscribers',
  );
}

/** `effective` ÷ `factor` is what was granted: Linux reports its own bookkeeping as well. */
function bufferReason(
  which: 'RECEIVE' | 'SEND',
  requested: number | null,
  effective: number | null,
  factor: number,
): VerdictReason | undefined {
  if (requested === null || effective === null || effective >= requested * factor) return undefined;
  const sysctl = which === 'RECEIVE' ? 'rmem' : 'wmem';
  return suspect(
    `${which}_BUFFER_SMALL`,
    `the kernel granted a ${which.toLowerCase()} buffer of ${effective / factor} bytes, ${requested} were requested`,
    `raise the limit: sysctl -w net.core.${sysctl}_max=${requested}`,
  );
}
