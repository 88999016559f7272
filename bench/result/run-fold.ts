/**
 * A run from its parts: what was known before the first cell, the cells, and how it ended. Of a run
 * that was resumed, the newest measurement of each cell, and who measured it. Pure.
 */
import type { RunEnd, RunHead, SessionHead } from './cells-file.js';
import { RESULT_MINOR } from './migrations/migrate.js';
import { type CellResult, type LabResult, RESULT_SCHEMA, type SessionResult } from './result.js';

interface Session {
  readonly head: SessionHead;
  /** Seconds that the sessions before it took together. */
  readonly from: number;
  /** Ids of cells that it measured although an earlier one had begun them. */
  readonly again: Set<string>;
  /** Of one that is over. */
  end?: RunEnd;
}

interface Measured {
  readonly cell: CellResult;
  readonly session: Session;
}

const KILLED = {
  code: 'LOST',
  message: 'nothing says how it ended: it was killed, or the machine went down',
} as const;

export class RunFold {
  readonly head: RunHead;
  /** By id. A cell keeps its place when it is measured again. */
  readonly #measured = new Map<string, Measured>();
  readonly #sessions: Session[];

  constructor(head: RunHead) {
    this.head = head;
    this.#sessions = [{ head, from: 0, again: new Set() }];
  }

  /** One that goes on by itself. */
  copy(): RunFold {
    const copy = new RunFold(this.head);
    copy.#sessions.splice(0, 1, ...this.#sessions);
    for (const [id, measured] of this.#measured) copy.#measured.set(id, measured);
    return copy;
  }

  /** In the order in which they were measured for the first time. */
  get cells(): CellResult[] {
    return Array.from(this.#measured.values(), ({ cell }) => cell);
  }

  /** Seconds that the sessions before the one that is on took together. */
  get secondsBefore(): number {
    return this.#session.from;
  }

  /** @param previous how the session ended that was on until now */
  resume(head: SessionHead, previous: RunEnd): void {
    // By now it is known that it does not go on.
    const isLost = previous.ended?.code === 'LOST';
    this.#session.end = isLost ? { ...previous, ended: KILLED } : previous;
    this.#sessions.push({ head, from: previous.duration_s, again: new Set() });
  }

  /** Supersedes what was measured of that cell before. */
  add(cell: CellResult): void {
    const session = this.#session;
    const before = this.#measured.get(cell.id);
    if (before !== undefined && before.session !== session) session.again.add(cell.id);
    this.#measured.set(cell.id, { cell, session });
  }

  /** Whether the session that is on has measured this cell. */
  has(id: string): boolean {
    return this.#measured.get(id)?.session === this.#session;
  }

  /** The result that these cells make; no threshold is held against them yet. */
  result(end: RunEnd): LabResult {
    const { thresholds: _given, cells_per_round: _round, plan: _plan, ...known } = this.head;
    const { duration_s, repeat, ended } = end;
    const { cells } = this;
    const isCut = repeat.outcome === 'interrupted' || ended !== undefined;
    return {
      schema: RESULT_SCHEMA,
      schema_minor: RESULT_MINOR,
      ...known,
      duration_s,
      incomplete: isCut || cells.some(({ incomplete }) => incomplete),
      ...(ended === undefined ? {} : { ended }),
      ...(this.#sessions.length === 1
        ? {}
        : { sessions: this.#sessions.map((one) => this.#sessionResult(one, end)) }),
      thresholds: [],
      repeat,
      cells,
    };
  }

  #sessionResult(session: Session, newest: RunEnd): SessionResult {
    const { head, from, again, end = newest } = session;
    const cells = [...this.#measured].filter(([, measured]) => measured.session === session);
    const { noise_floor_us, baselines, baselines_other_sizes, links } = head;
    return {
      started_at: head.startedAt,
      duration_s: Math.max(0, end.duration_s - from),
      cells: cells.map(([id]) => id),
      measured_again: cells.filter(([id]) => again.has(id)).map(([id]) => id),
      ended: end.ended ?? null,
      noise_floor_us,
      baselines,
      baselines_other_sizes,
      links,
    };
  }

  get #session(): Session {
    return this.#sessions.at(-1) as Session;
  }
}

/**
 * How a run ended that could not say so itself: `why`, unless it had come to its end after all.
 * @param elapsed seconds that all its sessions took
 */
export function endOf(
  data: RunHead,
  cells: readonly CellResult[],
  elapsed: number,
  why: LabResult['ended'],
): RunEnd {
  const { repeat, ci_metric: metric, ci_target: target } = data.config.effective;
  // One that was cut short is not a run of that cell.
  const whole = cells.filter(
    ({ verdict }) => !verdict.reasons.some(({ code }) => code === 'INTERRUPTED'),
  );
  const runs = Math.floor(whole.length / data.cells_per_round);
  const isWhole = repeat !== null && runs === repeat;
  return {
    duration_s: elapsed,
    repeat: {
      mode: repeat === null ? 'auto' : 'fixed',
      runs,
      metric,
      target,
      outcome: isWhole ? 'fixed' : 'interrupted',
    },
    ...(isWhole || why === undefined ? {} : { ended: why }),
  };
}
