import { describe, expect, it } from 'vitest';
import type { CellResult, VerdictReason } from '../../../../bench/result/result.js';
import { growthMicros, judgeTrial } from '../../../../bench/search/judge.js';
import { parseGoal } from '../../../../bench/search/objective.js';
import { type CellPlan, makeCell } from '../../../support/result/cell-factory.js';

const GOAL = parseGoal('--slo', 'p99<50ms,loss=0');

const reasons = (severity: VerdictReason['severity'], ...codes: string[]): VerdictReason[] =>
  codes.map((code) => ({ code, severity, message: `${code} it is`, hint: 'none' }));

/** p99 of some 3 ms, or where it is slow of far above 50. */
const judged = (plan: CellPlan, overrides: Partial<CellResult> = {}, goal = GOAL) =>
  judgeTrial(makeCell(plan, overrides), goal);
const SLOW = { medianUs: 90_000 };

/** A series whose median latencies are these, second by second. */
const series = (...medians: (number | null)[]): CellResult['series'] =>
  medians.map((p50_us, second) => ({
    ...{ second, published: 1_000, delivered: 1_000, p50_us, p99_us: p50_us, max_us: p50_us },
  }));

const codeOf = (plan: CellPlan, overrides: Partial<CellResult> = {}): string => {
  const { outcome, reason, broken } = judged(plan, overrides);
  return [outcome, reason?.code ?? broken.map(({ what }) => what).join('+')].join(' ').trim();
};

/** A server whose loop was busy for this share of the window. */
const busy = (share: number): Partial<CellResult> => {
  const { server } = makeCell();
  if (server.kind !== 'local' || server.use === null) throw new Error('no server');
  return { server: { ...server, use: { ...server.use, loop_utilization: share } } };
};

describe('a trial', () => {
  it('passes when every condition holds', () => {
    expect(judged({})).toEqual({ outcome: 'pass', untold: false, broken: [], reason: null });
  });

  it('fails with every condition that does not hold, its value and its limit', () => {
    const { outcome, broken } = judged({ ...SLOW, dropped: 3_000 });
    expect(outcome).toBe('fail');
    expect(broken.map(({ what, metric, limit }) => [what, metric, limit])).toEqual([
      ['p99<50ms', 'p99', 50_000],
      ['loss=0', 'loss', 0],
    ]);
    expect(broken[0]!.value).toBeGreaterThan(90_000);
    expect(broken[1]!.value).toBe(3_000 / 1_000_000);
  });

  it('fails, and is not void, where so much is lost that the percentile is lost with it', () => {
    const { outcome, broken } = judged({ dropped: 50_000 });
    expect(outcome).toBe('fail');
    expect(broken[0]).toMatchObject({ what: 'p99<50ms', value: null });
  });

  it('is void and untold when it was too short for a percentile, and lost nothing', () => {
    const latency = { ...makeCell().latency_us, p99: null };
    const { outcome, untold, reason } = judged({}, { latency_us: latency });
    expect([outcome, untold, reason?.code]).toEqual(['void', true, 'TOO_FEW_SAMPLES']);
  });

  it('that is slow and does not tell the rest fails all the same', () => {
    const goal = parseGoal('--slo', 'p99<50ms,arrival_p99<50ms');
    expect(judged(SLOW, {}, goal).outcome).toBe('fail');
  });
});

describe('a cell that is INVALID', () => {
  it.each([
    'SUBSCRIBER_SATURATED',
    'LINK_LATE',
    'LINK_OVERRUN',
    'LINK_UNVERIFIED',
    'READINESS_INCOMPLETE',
    'LEDGER_UNBALANCED',
    'FEED_MISMATCH',
    'WORKER_DIED',
  ])('%s is the instrument: void, whether or not its figures hold', (code) => {
    expect(codeOf({ reasons: reasons('INVALID', code) })).toBe(`void ${code}`);
    expect(codeOf({ ...SLOW, reasons: reasons('INVALID', code) })).toBe(`void ${code}`);
  });

  it.each(['SERVER_SATURATED', 'FEED_BLOCKED', 'SUBSCRIBERS_CUT', 'NOTHING_DELIVERED'])(
    '%s is the server: it fails',
    (code) => {
      expect(codeOf({ reasons: reasons('INVALID', code) })).toBe(`fail ${code}`);
    },
  );

  it('that missed its rate fails where the server was busy, and is void where it was not', () => {
    const missed = { reasons: reasons('INVALID', 'RATE_MISSED') };
    expect(codeOf(missed, busy(0.97))).toBe('fail RATE_MISSED');
    expect(codeOf(missed, busy(0.4))).toBe('void RATE_MISSED');
  });

  it('by server and subscribers at once is void', () => {
    const both = reasons('INVALID', 'SERVER_SATURATED', 'SUBSCRIBER_SATURATED');
    expect(codeOf({ reasons: both })).toBe('void SUBSCRIBER_SATURATED');
  });
});

describe('a doubt', () => {
  const doubts = ['SERVER_STARVED', 'SUBSCRIBER_BUSY', 'PROCESS_STALLED', 'CPU_STOLEN'];

  it.each(doubts)('%s makes a failure void, and leaves a pass alone', (code) => {
    expect(codeOf({ ...SLOW, reasons: reasons('SUSPECT', code) })).toBe(`void ${code}`);
    expect(codeOf({ reasons: reasons('SUSPECT', code) })).toBe('pass');
  });

  it('of contention counts against a failure only where others had the CPU', () => {
    const contended = { ...SLOW, reasons: reasons('SUSPECT', 'CPU_CONTENDED') };
    const { kernel, server, clients_use } = makeCell();
    const own =
      (server.kind === 'local' ? (server.use?.cpu_cores ?? 0) : 0) + (clients_use?.cpu_cores ?? 0);
    const used = (others: number): Partial<CellResult> => ({
      kernel: { ...kernel, cpu_busy_cores: own + others },
    });
    expect(codeOf(contended, used(1))).toBe('void CPU_CONTENDED');
    expect(codeOf(contended, used(0.05))).toBe('fail p99<50ms');
  });

  it('of the instrument counts where the latency ends at the receipt', () => {
    const late = { ...SLOW, reasons: reasons('SUSPECT', 'INSTRUMENT_DOMINATES') };
    expect(codeOf(late)).toBe('void INSTRUMENT_DOMINATES');
    expect(codeOf(late, { latency_at: 'arrival' })).toBe('fail p99<50ms');
    expect(codeOf({ ...late, dropped: 3_000 })).toBe('fail p99<50ms+loss=0');
  });

  it('of arrivals that nobody dated makes a pass void, unless the receipt holds, too', () => {
    const undated = { reasons: reasons('SUSPECT', 'ARRIVAL_UNDATED') };
    expect(codeOf(undated)).toBe('pass');
    const receipt_us = makeCell(SLOW).latency_us;
    expect(codeOf(undated, { receipt_us })).toBe('void ARRIVAL_UNDATED');
  });
});

describe('the growth of the latency', () => {
  it('is the slope of Theil and Sen over whole seconds', () => {
    // Pairs: +3, +4.5, +5 a second; the median is 4.5 (ms).
    const cell = makeCell({}, { duration_s: 3, series: series(1_000, 4_000, 10_000) });
    expect(growthMicros(cell)).toBe(4_500);
    const cut = makeCell({}, { duration_s: 3.5, series: series(1_000, 1_000, 1_000, 90_000) });
    expect(growthMicros(cut)).toBe(0);
  });

  it('is not told by fewer than three whole seconds', () => {
    const cell = makeCell({}, { duration_s: 2, series: series(1, 9_000, 90_000) });
    expect(growthMicros(cell)).toBeNull();
    expect(growthMicros(makeCell({}, { series: series(1, null, 9_000) }))).toBeNull();
  });

  it('above 5 % of the limit a second fails, and up to there does not', () => {
    const at = (slope: number): string =>
      codeOf({}, { series: series(1_000, 1_000 + slope, 1_000 + 2 * slope) });
    expect(at(2_501)).toBe('fail UNSUSTAINED');
    expect(at(2_500)).toBe('pass');
    expect(at(-9_000)).toBe('pass');
  });

  it('is held against nothing in a goal without a latency', () => {
    const grows = { series: series(1_000, 90_000, 900_000) };
    expect(judged({}, grows, parseGoal('--slo', 'loss=0')).outcome).toBe('pass');
  });
});
