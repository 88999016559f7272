/** Delay and rate. Pure. */
import { binomialRange } from '../../../src/stats/count-range.js';
import { delayQuantileUs, meanBurst } from '../closed-forms.js';
import { FATE } from '../fate.js';
import type { LossSpec } from '../link-spec.js';
import { CONFIDENCE, checkOf, type LinkCheck } from './check.js';
import { type Evidence, numbers } from './evidence.js';
import { bottleneck, totalSerialisationUs } from './plan.js';

/** What two readings of a clock leave open: no packet can be early. */
const EARLY_US = 50;
/** What it takes to hand a packet to the kernel, to wake the emulator and to have it back. */
const LATE_US = 300;
const [LEAD_IN, MOST_LEAD_IN] = [0.15, 150];
/** So many packets are to lie beyond a quantile. */
const BEYOND = 10;
/** Beyond its timing: packets that the queue refused otherwise than predicted. */
const RATE_TOLERANCE = 0.01;
/** Half the rate is never within it. */
const MOST_RATE_TOLERANCE = 0.4;
/** Of the time that the rate was asked for, so much it had packets to send. */
const FILLED = 0.9;
const LEAST_FILL = 3;
export const LATENESS = 'lateness p99';
/** Late packets are no matter of a link below this, and below this share of its delay. */
const LATENESS_US = 1_000;
const LATENESS_SHARE = 0.05;

export function delayChecks(evidence: Evidence): LinkCheck[] {
  const { direction, spec, rates, plan, sentAt, predicted, arrivedAt, lateness } = evidence;
  const told = numbers(leadIn(evidence.spaced), evidence.spaced, (i) => isTimed(evidence, i));
  if (told.length === 0) return [];
  const found = sorted(told.map((i) => arrivedAt[i]! - sentAt[i]!));
  const decided = sorted(told.map((i) => predicted[i]!.arrivesAt - sentAt[i]!));
  const fixedUs = totalSerialisationUs(rates, plan.spaced.bytes);
  const isClosed =
    (spec.jitterUs === 0 || plan.spaced.everyUs >= 2 * spec.jitterUs) &&
    rates.every(({ capacity }) => capacity.kind === 'constant');
  const most = mostLatenessUs(spec.delayUs);
  const late = (q: number): number => {
    // Where there are too few to tell, the latest of all.
    const micros = (q > 0.5 ? lateness.p99 : lateness.p50) ?? lateness.max ?? 0;
    return LATE_US + Math.min(micros, most);
  };
  const far = farQuantile(told.length);
  const delays = [...new Set([1 - far, 0.5, far])].map((q) => {
    const closed = (share: number): number => delayQuantileUs(spec, share) + fixedUs;
    const range = binomialRange(told.length, q, CONFIDENCE);
    const requested = isClosed ? closed(q) : quantile(decided, q);
    const low = isClosed ? closed(range.low / told.length) : requested;
    const high = isClosed ? closed(Math.min(1, (range.high + 1) / told.length)) : requested;
    return checkOf({
      direction,
      what: `delay p${Math.round(100 * q)}`,
      unit: 'us',
      requested,
      achieved: quantile(found, q),
      low: low - EARLY_US,
      high: high + late(q),
      isTiming: true,
    });
  });
  const errors = sorted(told.map((i) => Math.abs(arrivedAt[i]! - predicted[i]!.arrivesAt)));
  // Who misses an opportunity by a µs has to wait for the next.
  const share = rates.some(({ capacity }) => capacity.kind === 'trace') ? 0.5 : far;
  const off = checkOf({
    direction,
    what: `off its decided time, p${Math.round(100 * share)}`,
    unit: 'us',
    requested: 0,
    achieved: quantile(errors, share),
    low: 0,
    high: late(share),
    isTiming: true,
  });
  return [...delays, off];
}

/** Of what was more than the rate carries: how much arrived, from the first to the last. */
export function rateChecks(evidence: Evidence): LinkCheck[] {
  const { direction, spec, rates, plan, sentAt, predicted, arrivedAt, lateness } = evidence;
  const rate = bottleneck(rates);
  if (rate === undefined || plan.fill === undefined) return [];
  const { bytes } = plan.fill;
  const check = (achieved: number | null, low: number | null, high: number | null): LinkCheck =>
    checkOf({
      direction,
      what: 'rate',
      unit: 'bit/s',
      requested: rate,
      achieved,
      low,
      high,
      isTiming: true,
    });
  const filled = (test: (i: number) => boolean): number[] =>
    numbers(evidence.spaced, sentAt.length, (i) => !predicted[i]!.isHeldBack && test(i));
  const decided = paceOf(
    filled((i) => predicted[i]!.copies > 0),
    (i) => predicted[i]!.arrivesAt,
  );
  const found = paceOf(
    filled((i) => !Number.isNaN(arrivedAt[i])),
    (i) => arrivedAt[i]!,
  );
  if (decided === undefined || found === undefined) return [check(null, null, null)];
  // What was lost behind the rate has taken its share of it.
  const carried = filled((i) => predicted[i]!.fate !== FATE.overflow).length - 1;
  const tolerance =
    RATE_TOLERANCE +
    (LATE_US + (lateness.p99 ?? 0)) / decided.spanUs +
    spread(spec.loss) / Math.sqrt(found.packets);
  const most = Math.min(MOST_RATE_TOLERANCE, tolerance);
  const achieved = (carried * bytes * 8e6 * found.perUs) / decided.perUs / decided.spanUs;
  // Where this machine cannot send enough it shows only that the rate is no higher.
  const isFilled = (carried * bytes * 8e6) / decided.spanUs >= FILLED * rate;
  return [check(achieved, isFilled ? rate * (1 - most) : null, rate / (1 - most))];
}

interface Pace {
  readonly packets: number;
  readonly spanUs: number;
  readonly perUs: number;
}

function paceOf(passed: readonly number[], timeOf: (i: number) => number): Pace | undefined {
  if (passed.length < LEAST_FILL) return undefined;
  const times = sorted(passed.map(timeOf));
  const spanUs = times.at(-1)! - times[0]!;
  if (spanUs <= 0) return undefined;
  const packets = passed.length - 1;
  return { packets, spanUs, perUs: packets / spanUs };
}

/** Of the share that arrives, for one packet: other ones may meet the loss than were predicted. */
function spread(loss: LossSpec): number {
  if (loss.kind !== 'random') return 0;
  return Math.sqrt(loss.ratio * (1 - loss.ratio) * (2 * meanBurst(loss) + 1));
}

/**
 * Of the emulator, for the reader: what it does to the delay is judged there, and the fill asks more
 * of a machine than a cell does.
 */
export function latenessCheck({ lateness }: Evidence): LinkCheck {
  return checkOf({
    direction: 'both',
    what: LATENESS,
    unit: 'us',
    requested: 0,
    achieved: lateness.p99,
    low: null,
    high: null,
    isTiming: true,
  });
}

/** What is later is no link of this delay. */
function mostLatenessUs(delayUs: number): number {
  return Math.max(LATENESS_US, LATENESS_SHARE * delayUs);
}

/** It came when nobody but itself said. */
function isTimed({ predicted, arrivedAt }: Evidence, i: number): boolean {
  const { copies, isHeldBack } = predicted[i]!;
  return copies > 0 && !isHeldBack && !Number.isNaN(arrivedAt[i]);
}

function sorted(values: readonly number[]): number[] {
  return values.toSorted((a, b) => a - b);
}

/** The first few meet code that has not been compiled yet. */
function leadIn(count: number): number {
  return Math.min(MOST_LEAD_IN, Math.floor(count * LEAD_IN));
}

/** The furthest that so many packets tell of. */
function farQuantile(count: number): number {
  return [0.99, 0.9].find((q) => count * (1 - q) >= BEYOND - 1e-9) ?? 0.5;
}

/** Nearest rank. */
function quantile(ascending: readonly number[], q: number): number {
  return ascending[Math.max(0, Math.ceil(q * ascending.length) - 1)]!;
}
