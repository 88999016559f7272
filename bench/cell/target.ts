/**
 * The life of a cell whose server is not ours: connect all → warm-up → window → drain → collect.
 * Nothing is published by us.
 */
import { type Clock, systemClock } from '../../src/core/clock.js';
import { LabError } from '../../src/errors.js';
import { passedOn } from '../../src/options/option.js';
import { transportTable } from '../../src/transports/registry.js';
import type { CellRecord, TargetFacts } from '../cell-record.js';
import type { TargetCell } from '../config.js';
import type { ServerReport } from '../ipc/server.js';
import type { SubscribersReport } from '../ipc/subscribers.js';
import { hostCounters, hostGrowth } from '../probe/host-counters.js';
import type { CellResult } from '../result/result.js';
import {
  agrees,
  correctionOf,
  narrowed,
  reconciled,
  spanned,
  UNKNOWN_OFFSET,
} from '../workload/clock-offset.js';
import { wholeMicros } from '../workload/schedule.js';
import type { Progress, PublishedRange, Window } from '../workload/window.js';
import type { CellContext } from './cell-context.js';
import { boundClockOffset } from './clock-offset.js';
import { type Killable, runKillable } from './killable.js';
import { REPLY_TIMEOUT_MS, SubscriberPool } from './subscriber-pool.js';
import { isThisMachine } from './target-address.js';
import { silenceOf, stillComing } from './target-end.js';
import { NO_MESSAGES, observedServer, rangeOf } from './target-report.js';
import { LEAD_MICROS, placeWindow, type WindowPlacement } from './target-window.js';
import { WindowCpu } from './window-cpu.js';
import { WindowPing } from './window-ping.js';

const COLLECT_TIMEOUT_MS = 30_000;
const ANSWER_TIMEOUT_MS = 5_000;
const LOOK_MS = 50;

export const NOTHING_KNOWN: TargetFacts = {
  epochs: [],
  sameMachine: false,
  offset: UNKNOWN_OFFSET,
  commonClock: false,
  correction: null,
  behind: false,
  gone: false,
  silentMicros: 0,
};

/**
 * Runs it. A worker that dies fails the cell, not the run. @throws what `hooks.kill` was aborted
 * with
 */
export async function runTargetCell(plan: TargetCell, context: CellContext): Promise<CellRecord> {
  return await runKillable(new TargetCellRun(plan, context), context.hooks.kill);
}

class TargetCellRun implements Killable<CellRecord> {
  readonly #plan: TargetCell;
  readonly #context: CellContext;
  readonly #clock: Clock;
  readonly #pool: SubscriberPool;
  readonly #ping: WindowPing;
  readonly #cpu: WindowCpu;
  #facts = NOTHING_KNOWN;
  #window: Window | null = null;
  #kernel: CellResult['kernel'] | null = null;
  #interrupted = false;

  constructor(plan: TargetCell, context: CellContext) {
    this.#plan = plan;
    this.#context = context;
    this.#clock = systemClock(context.anchor);
    this.#pool = new SubscriberPool(plan.clients, context.processes, context.hooks, this.#clock);
    const { host } = plan.target.endpoint;
    this.#cpu = new WindowCpu(this.#clock);
    this.#ping = new WindowPing(
      { host, sizeBytes: context.pingSizeBytes },
      context.config.baselines,
    );
  }

  async run(): Promise<CellRecord> {
    let failure: LabError | null = null;
    let servers: ServerReport[] = [];
    let subscribers: SubscribersReport[] = [];
    const { hooks } = this.#context;
    try {
      await this.#connect();
      if (this.#pool.joined > 0 && !hooks.stop.aborted) {
        const drawn = await this.#warmUp();
        if (drawn === null) subscribers = await this.#collect(NO_MESSAGES);
        else [servers, subscribers] = await this.#measure(drawn);
      }
    } catch (error) {
      failure = LabError.from(error);
      hooks.kill.throwIfAborted();
    }
    const stoppedBefore = this.#window === null && hooks.stop.aborted;
    return {
      plan: this.#plan,
      window: this.#window,
      joined: this.#pool.joined,
      joinFailures: this.#pool.joinFailures,
      receiver: this.#context.receiver,
      link: null,
      server: { kind: 'target', url: this.#plan.target.url, ...this.#facts },
      servers,
      subscribers,
      seconds: this.#pool.seconds,
      ping: await this.#ping.stop(),
      kernel: this.#kernel,
      // What the server sends, and to whom else, nobody knows.
      ip: null,
      // As in a cell with a server of ours: a signal to all of us ends a worker that is only
      // starting.
      failure: stoppedBefore ? null : (failure?.toJSON() ?? null),
      interrupted: this.#interrupted || stoppedBefore,
    };
  }

  kill(): void {
    this.#pool.kill();
  }

  cleanUp(): Promise<void> {
    return this.#pool.stop();
  }

  async #connect(): Promise<void> {
    const { config, anchor, receiver } = this.#context;
    const { target, codec } = this.#plan;
    this.#pool.phase('connect');
    this.#facts = { ...NOTHING_KNOWN, sameMachine: await isThisMachine(target.endpoint) };
    await this.#pool.connect({
      anchor,
      transport: target.transport,
      codec,
      endpoints: [target.endpoint],
      epochs: null,
      feed: null,
      policy: null,
      decode: config.decode,
      receiver,
      transportOptions: passedOn(
        transportTable(target.transport),
        'connect',
        config.transportOptions,
      ),
    });
    this.#facts = { ...this.#facts, epochs: this.#pool.epochs };
  }

  /**
   * Where the window lies; null when the server publishes nothing, or nothing is to be measured any
   * more.
   */
  async #warmUp(): Promise<WindowPlacement | null> {
    const { config, hooks } = this.#context;
    this.#pool.phase('warm-up');
    const end = this.#clock.now() + config.warmupMs * 1_000;
    const asked = await this.#boundOffset();
    await this.#pool.sleepUntil(end - LEAD_MICROS);
    let progress = await this.#poll();
    // Without a single stamp nothing can be said about the window: wait for one as long as for a
    // message that is late.
    const deadlines = this.#clock.now() + config.tmaxMs * 1_000;
    while (progress.newest === 0 && this.#clock.now() < deadlines && !hooks.stop.aborted) {
      await this.#pool.sleepUntil(this.#clock.now() + LOOK_MS * 1_000);
      progress = await this.#poll();
    }
    if (progress.newest === 0 || hooks.stop.aborted) return null;
    const byMessages = { min: -progress.fastest - 1, max: Number.POSITIVE_INFINITY };
    // Of a server that has no place for one more, what its clients were told on joining is left.
    const offset = reconciled(
      narrowed(asked.stamped, byMessages),
      narrowed(asked.told, progress.offset),
    );
    const { sameMachine } = this.#facts;
    const commonClock = sameMachine && agrees(offset);
    const correction = correctionOf(offset, sameMachine);
    this.#facts = { ...this.#facts, offset, commonClock, correction };
    return placeWindow({
      now: this.#clock.now(),
      durationMs: this.#plan.durationMs,
      tmaxMs: config.tmaxMs,
      fastest: progress.fastest,
      correction,
      mostAhead: offset.max,
    });
  }

  #boundOffset(): ReturnType<typeof boundClockOffset> {
    return boundClockOffset(this.#plan, this.#clock, this.#context.hooks.stop);
  }

  /** Clocks drift, and may be set: what was known before the window need not hold after it. */
  async #boundOffsetAgain(): Promise<void> {
    const { offset, correction } = this.#facts;
    if (correction === null) return;
    const { stamped, told } = await this.#boundOffset();
    const after = reconciled(stamped, told);
    if (Number.isFinite(after.min + after.max))
      this.#facts = { ...this.#facts, offset: spanned(offset, after) };
  }

  async #measure({
    window,
    shift,
  }: WindowPlacement): Promise<[ServerReport[], SubscribersReport[]]> {
    const { config, hooks } = this.#context;
    const countersBefore = await hostCounters();
    this.#window = window;
    this.#pool.opens(window.start);
    this.#pool.tell({ type: 'begin', window });
    this.#cpu.schedule(window);
    this.#ping.schedule(window, this.#clock.now(), () => this.#pool.phase('measure'));
    try {
      const isGone = await this.#pool.sleepUntil(window.end);
      this.#interrupted = hooks.stop.aborted;
      const cutAt = Math.floor(this.#clock.now()) + (isGone ? 0 : LEAD_MICROS);
      const end = this.#interrupted ? Math.min(window.end, cutAt) : window.end;
      this.#pool.phase('drain');
      const deadline = this.#interrupted ? end + wholeMicros(config.tmaxMs) : window.deadline;
      const patienceMs = Math.max(0, deadline - this.#clock.now()) / 1_000 + REPLY_TIMEOUT_MS;
      const finish = { type: 'finish', until: end - shift, deadline } as const;
      const finished = await this.#pool.ask(finish, 'finished', patienceMs);
      const provisional = rangeOf(finished.map(({ span }) => span));
      const drain = { type: 'drain', ranges: [provisional], deadline } as const;
      const drained = await this.#pool.ask(drain, 'drained', patienceMs);
      const spans = drained.map(({ span }) => span);
      this.#kernel = hostGrowth(countersBefore, await hostCounters(), await this.#cpu.stop());
      const range = rangeOf(spans);
      if (!isGone) await this.#boundOffsetAgain();
      const reports = await this.#collect(range);
      const stopped = !isGone && !spans.some(({ isOver }) => isOver);
      const behind = stopped && stillComing(reports, deadline);
      // When it was gone is known only seconds later, over UDP: what is certain is its last
      // message.
      const observed = observedServer(
        range,
        reports,
        window,
        shift,
        isGone ? null : end,
        this.#facts.correction ?? 0,
      );
      const silentMicros = stopped && !behind ? silenceOf(observed[0], window.start, end) : 0;
      this.#facts = { ...this.#facts, behind, gone: isGone, silentMicros };
      return observed;
    } finally {
      await this.#cpu.stop();
      await this.#ping.stop();
    }
  }

  async #collect(range: PublishedRange): Promise<SubscribersReport[]> {
    this.#pool.phase('collect');
    this.#pool.tell({ type: 'reconcile', ranges: [range] });
    const answers = await this.#pool.ask(
      { type: 'collect', droppedOnLink: null },
      'subscribers-report',
      COLLECT_TIMEOUT_MS,
    );
    return answers.map(({ report }) => report);
  }

  /** What any of the processes has seen. */
  async #poll(): Promise<Progress> {
    const answers = await this.#pool.ask({ type: 'poll' }, 'progress', ANSWER_TIMEOUT_MS);
    const sights = answers.map(({ progress }) => progress);
    return {
      newest: Math.max(...sights.map(({ newest }) => newest)),
      fastest: Math.min(...sights.map(({ fastest }) => fastest)),
      offset: sights.map(({ offset }) => offset).reduce(narrowed, UNKNOWN_OFFSET),
    };
  }
}
