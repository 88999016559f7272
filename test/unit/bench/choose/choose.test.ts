import { describe, expect, it } from 'vitest';
import type { LabResult } from '../../../../bench/result/result.js';
import {
  makeChoice,
  type RunSpec,
  type Spot,
  type StackSpec,
} from '../../../support/result/choice.js';
import { ask, chosen, stackNamed } from '../../../support/result/choosing.js';

const TCP = { transport: 'tcp' };
const UDP = { transport: 'udp' };
const NAK = { transport: 'udp', repair: 'nak' };
const HOME: Spot = {};

/** Eight runs that scatter by ±4 % around the figure, in another order for each stack. */
const wobble = (run: number, phase = 0): number => 1 + (((run * 3 + phase) % 8) - 3.5) / 87.5;

/** Bytes decide what each costs. */
const costly =
  (bytes: Readonly<Record<string, number>>) =>
  ({ transport }: StackSpec, _: Spot, run: number): RunSpec => ({
    bytes: bytes[transport]! * wobble(run, transport.length),
  });

describe('the choice', () => {
  it('is the cheapest stack that meets the objectives', () => {
    const result = makeChoice([HOME], [TCP, UDP], 8, costly({ tcp: 200, udp: 120 }));
    const document = ask(result, { slo: 'p99<50ms' });
    expect(document.answer).toMatchObject({ kind: 'choice', by: 'cost', p_best: 1, p_breaks: 0 });
    expect(chosen(document)).toEqual(['udp']);
    expect(document.answer.expected_regret).toBe(0);
  });

  it('is not the cheapest one when that misses an objective', () => {
    const result = makeChoice([HOME], [TCP, UDP], 8, (stack, spot, run) => ({
      ...costly({ tcp: 200, udp: 120 })(stack, spot, run),
      loss: stack.transport === 'udp' ? 0.004 : 0,
    }));
    const document = ask(result, { slo: 'loss=0' });
    expect(chosen(document)).toEqual(['tcp']);
    expect(document.answer).toMatchObject({ kind: 'choice', by: 'only' });
    expect(stackNamed(document, 'udp')).toMatchObject({ standing: 'fail' });
    expect(stackNamed(document, 'udp').objectives[0]).toMatchObject({
      verdict: 'fail',
      value: 0.004,
      low: 0.004,
      high: 0.004,
    });
  });

  it('is refused as a tie where nothing tells two stacks apart, and says how many runs would', () => {
    const result = makeChoice([HOME], [TCP, UDP], 8, ({ transport }, _, run) => ({
      // Their medians differ by a tenth, their runs by four.
      bytes: (transport === 'tcp' ? 150 : 168) * (1 + (wobble(run, transport.length) - 1) * 5),
    }));
    const document = ask(result);
    expect(document.answer).toMatchObject({ kind: 'tie', by: 'cost', p_breaks: 0 });
    expect(document.answer.p_best).toBeGreaterThan(0.5);
    expect(document.answer.expected_regret).toBeGreaterThan(0);
    expect(chosen(document).sort()).toEqual(['tcp', 'udp']);
    expect(document.answer.runs_needed).toBeGreaterThan(8);
    expect(document.next).toMatchObject({ runs: document.answer.runs_needed! - 8 });
    expect(document.flips).toEqual([]);
  });

  it('takes who is cheaper for certain, though perhaps by less than the margin', () => {
    // By 4 to 6 %: neither equivalent nor better by more than 5 %.
    const result = makeChoice([HOME], [TCP, UDP], 8, ({ transport }, _, run) => ({
      bytes: (transport === 'tcp' ? 150 : 157.5) * (1 + (run - 3.5) / 500),
      ...{ cpu: 0, rss: 0 },
    }));
    const document = ask(result);
    expect(document.answer).toMatchObject({ kind: 'choice', by: 'cost', alike: [] });
    expect(chosen(document)).toEqual(['tcp']);
  });

  it('is refused as a tie where two stacks are the same in everything', () => {
    const result = makeChoice([HOME], [TCP, UDP], 8, () => ({}));
    const { answer, next } = ask(result);
    expect(answer).toMatchObject({ kind: 'tie', reason: 'ALL_EQUAL', runs_needed: null });
    expect(answer.alike).toEqual([
      'cost',
      'p99',
      'staleness_p99',
      'loss',
      'cpu',
      'ip_bytes',
      'memory',
    ]);
    expect(next).toBeNull();
  });

  it('goes by the p99 where costs are the same', () => {
    const result = makeChoice([HOME], [TCP, UDP], 8, ({ transport }, _, run) => ({
      p99: (transport === 'tcp' ? 9_000 : 3_000) * wobble(run),
    }));
    const document = ask(result);
    expect(chosen(document)).toEqual(['udp']);
    expect(document.answer).toMatchObject({ kind: 'choice', by: 'p99', alike: ['cost'] });
  });

  it('needs 6 runs, without which no interval of a median exists', () => {
    const result = makeChoice([HOME], [TCP, UDP], 5, costly({ tcp: 200, udp: 120 }));
    const document = ask(result, { slo: 'p99<50ms' });
    expect(document.answer).toMatchObject({ kind: 'undecided', runs_needed: 6 });
    expect(document.stacks[0]!.objectives[0]).toMatchObject({
      verdict: 'undecided',
      reason: 'TOO_FEW_RUNS',
      runs_needed: 6,
    });
    expect(document.next).toMatchObject({ runs: 1, links: ['none'] });
  });

  it('waits for a stack that is likelier the best, where more runs tell whether it may be', () => {
    const result = makeChoice([HOME], [TCP, UDP], 8, ({ transport }, _, run) => ({
      bytes: transport === 'tcp' ? 200 : 120,
      // Of eight runs two miss it: the interval reaches across the limit, the median does not.
      p99: transport === 'udp' ? (run < 2 ? 60_000 : 20_000 + run * 100) : 10_000,
    }));
    const { answer, next, stacks } = ask(result, { slo: 'p99<50ms' });
    expect(answer).toMatchObject({ kind: 'undecided', stacks: [1], proved: 0, by: null });
    expect(answer.p_best).toBeLessThan(0.1);
    expect(answer.runs_needed).toBe(stacks[1]!.objectives[0]!.runs_needed);
    expect(next).toMatchObject({ stacks: [1], runs: answer.runs_needed! - 8 });
  });

  it('says that nothing meets the objectives, and how far each is from them', () => {
    const result = makeChoice([HOME], [TCP, UDP], 8, () => ({ p99: 80_000 }));
    const document = ask(result, { slo: 'p99<50ms' });
    expect(document.answer).toMatchObject({ kind: 'none', stacks: [] });
    expect(document.stacks[0]!.objectives[0]).toMatchObject({ value: 80_000, limit: 50_000 });
    expect(document.next).toBeNull();
  });

  it('takes a percentile that only survivors have for one that is missed', () => {
    const result = makeChoice([HOME], [TCP, UDP], 8, ({ transport }) => ({
      loss: transport === 'udp' ? 0.05 : 0,
    }));
    const document = ask(result, { slo: 'p99<50ms' });
    expect(chosen(document)).toEqual(['tcp']);
    expect(stackNamed(document, 'udp').objectives[0]).toMatchObject({
      verdict: 'fail',
      value: null,
      lost: true,
    });
  });

  it('goes by weights only when they are given, as a geometric mean of ratios', () => {
    const figures = ({ transport }: StackSpec, _: Spot, run: number): RunSpec => ({
      p99: (transport === 'tcp' ? 20_000 : 2_000) * wobble(run),
      bytes: (transport === 'tcp' ? 100 : 150) * wobble(run, 2),
      ...{ cpu: 0, rss: 0 },
    });
    const result = makeChoice([HOME], [TCP, UDP], 8, figures);
    expect(chosen(ask(result))).toEqual(['tcp']);
    const weighed = ask(result, { weights: { p99: 1, cost: 1 } });
    expect(chosen(weighed)).toEqual(['udp']);
    // Ratios of p99 1 and of cost 1.5: √1.5. And of tcp √((20,000 + 10) ÷ (2,000 + 10)).
    expect(stackNamed(weighed, 'udp').score).toBeCloseTo(Math.sqrt(1.5), 3);
    expect(stackNamed(weighed, 'tcp').score).toBeCloseTo(
      Math.sqrt((20_000 * 1.0057 + 10) / (2_000 * 1.0057 + 10)),
      2,
    );
    expect(chosen(ask(result, { weights: { p99: 0.01, cost: 1 } }))).toEqual(['tcp']);
  });

  it('goes by the rest where nothing costs anything', () => {
    const result = makeChoice([HOME], [TCP, UDP], 8, ({ transport }, _, run) => ({
      p99: (transport === 'tcp' ? 20_000 : 2_000) * wobble(run),
    }));
    const prices = { 'cpu-hour': 0, 'gb-egress': 0, 'gb-ram-hour': 0 };
    expect(ask(result, { prices }).answer).toMatchObject({ kind: 'choice', by: 'p99' });
    const weighed = ask(result, { prices, weights: { p99: 1, cost: 1 } });
    expect(chosen(weighed)).toEqual(['udp']);
    expect(stackNamed(weighed, 'udp').score).toBeCloseTo(1, 9);
  });

  it('is doubtful where most runs of a stack are SUSPECT, and takes none that is INVALID', () => {
    const status = (run: number): 'SUSPECT' | 'INVALID' => (run < 7 ? 'SUSPECT' : 'INVALID');
    const result = makeChoice([HOME], [TCP], 8, (_stack, _, run) => ({ status: status(run) }));
    const document = ask(result, { slo: 'p99<50ms' });
    expect(document.answer).toMatchObject({ kind: 'choice', doubtful: true });
    expect(document.stacks[0]!.cells[0]).toMatchObject({ runs: 7, left_out: 1, doubtful: true });
  });
});

describe('the Pareto set', () => {
  it('has who is best in something, and not who is worse or the same in everything', () => {
    const figures: Readonly<Record<string, RunSpec>> = {
      tcp: { p99: 9_000, bytes: 100 },
      udp: { p99: 3_000, bytes: 140 },
      ws: { p99: 12_000, bytes: 100 },
    };
    const result = makeChoice(
      [HOME],
      [TCP, UDP, { transport: 'ws' }],
      10,
      ({ transport }, _, run) => ({
        ...figures[transport],
        p99: figures[transport]!.p99! * wobble(run),
      }),
    );
    const document = ask(result);
    expect(document.stacks.map(({ pareto }) => pareto)).toEqual([true, true, false]);
    expect(stackNamed(document, 'ws').dominated_by).toEqual([0]);
  });
});

describe('what is ruled out', () => {
  const all = [TCP, UDP, NAK, { transport: 'ws' }, { transport: 'udp-multicast' }];
  const standing = (result: LabResult, question: Parameters<typeof ask>[1]): string[] =>
    ask(result, question)
      .stacks.filter((one) => one.standing !== 'ruled-out')
      .map((one) => one.transport);
  const plain = makeChoice([HOME], all, 6, () => ({}));

  it('is multicast unless the network carries it, and all else when it must be', () => {
    expect(standing(plain, {})).toEqual(['tcp', 'udp', 'udp', 'ws']);
    expect(standing(plain, { multicast: 'may' })).toHaveLength(5);
    expect(standing(plain, { multicast: 'must' })).toEqual(['udp-multicast']);
  });

  it('is all but WebSocket for browsers', () => {
    expect(standing(plain, { browsers: true })).toEqual(['ws']);
  });

  it('is what lost a message where every one must arrive', () => {
    const lossy = makeChoice([HOME], all, 6, ({ transport, repair }, _, run) => ({
      loss: transport === 'udp' && (repair !== 'nak' || run === 3) ? 0.001 : 0,
    }));
    const document = ask(lossy, { reliable: true });
    expect(stackNamed(document, 'udp').reason).toContain('and repairs nothing');
    expect(stackNamed(document, 'udp nak').reason).toContain('in spite of its repair (nak)');
    expect(standing(lossy, { reliable: true })).toEqual(['tcp', 'ws']);
  });

  it('is told apart from what was not measured behind a link', () => {
    const where = { rtt: 50, loss: 1, burst: null };
    const result = makeChoice([HOME, { where }], [TCP, UDP], 6, ({ transport }, spot) =>
      transport === 'udp' && spot.where !== undefined ? null : {},
    );
    expect(stackNamed(ask(result), 'udp')).toMatchObject({
      standing: 'not-measured',
      reason: expect.stringContaining('behind delay=25000us/loss=1%'),
    });
  });
});
