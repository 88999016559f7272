import { describe, expect, it } from 'vitest';
import type { RunConfig } from '../../../../bench/config.js';
import type { MeasureTrial } from '../../../../bench/search/session.js';
import { LabError } from '../../../../src/errors.js';
import { searched, serverWith, simulatedPlan } from '../../../support/result/search-rig.js';

describe('a search', () => {
  it('finds the ceiling of each combination, and what binds there', async () => {
    const plan = simulatedPlan({ config: { transports: ['tcp', 'udp'] } });
    const ceilings = new Map([
      ['tcp', 1_234],
      ['udp', 3_210],
    ]);
    const { combinations, incomplete } = await searched(plan, (config, step) =>
      serverWith(ceilings.get(config.transports[0]!)!)(config, step),
    );
    expect(incomplete).toBe(false);
    expect(combinations.map(({ name }) => name)).toEqual(['tcp/line-json', 'udp/line-json']);
    for (const { transport, answers } of combinations) {
      const { status, lower, upper, binds, conditional_throughput: through } = answers[0]!;
      expect(status).toBe('found');
      expect(lower).toBeLessThanOrEqual(ceilings.get(transport)!);
      expect(upper).toBeGreaterThan(ceilings.get(transport)!);
      expect(1 - lower! / upper!).toBeLessThanOrEqual(0.05);
      expect(binds).toMatchObject({ load: upper, what: 'p99<50ms', failed: 3, trials: 3 });
      expect(binds!.value).toBeGreaterThan(50_000);
      // 100 clients, each of which gets every message.
      const deliveries = 100 * lower!;
      expect(through).toEqual({
        ...{ forwarding_ratio: 1, load: lower, deliveries_per_s: deliveries },
      });
    }
  });

  it('measures each trial with another seed, at the load and for the time that it is to have', async () => {
    const seen: RunConfig[] = [];
    const plan = simulatedPlan({ config: { seed: 7 } });
    const { combinations } = await searched(plan, (config, step) => {
      seen.push(config);
      return serverWith(300)(config, step);
    });
    const trials = combinations[0]!.trials;
    expect(seen.map(({ seed }) => seed)).toEqual(trials.map((_, i) => 8 + i));
    expect(seen.map(({ ratesPerSecond }) => ratesPerSecond)).toEqual(
      trials.map(({ load }) => [load]),
    );
    expect(seen.map(({ durationsMs }) => durationsMs[0])).toEqual(
      trials.map(({ phase }) => (phase === 'initial' ? 3_000 : 10_000)),
    );
  });

  it('shares trials between goals, and answers each', async () => {
    const slos = ['p99<50ms,loss=0', 'p99<500ms,loss=0'];
    const one = await searched(simulatedPlan(), serverWith(1_234));
    const two = await searched(simulatedPlan({ slos }), serverWith(1_234));
    const [strict, loose] = two.combinations[0]!.answers;
    expect(strict).toEqual(one.combinations[0]!.answers[0]);
    // 90 ms at the median is within 500.
    expect(loose!.lower).toBeGreaterThan(strict!.upper!);
    const shared = two.combinations[0]!.trials.slice(0, one.combinations[0]!.trials.length);
    expect(shared.map(({ load, phase }) => [load, phase])).toEqual(
      one.combinations[0]!.trials.map(({ load, phase }) => [load, phase]),
    );
  });

  it('ends at the limit of the instrument with a lower bound only, and says why', async () => {
    const document = await searched(simulatedPlan(), serverWith(1e9, 700));
    const { status, lower, upper, limit, binds } = document.combinations[0]!.answers[0]!;
    expect([status, lower, upper, binds]).toEqual(['instrument', 400, null, null]);
    expect(limit).toMatchObject({ load: 800, trials: 3, code: 'SUBSCRIBER_SATURATED' });
  });

  it('that nothing meets says by how much at the smallest load', async () => {
    const document = await searched(simulatedPlan(), serverWith(0));
    const { status, upper, binds } = document.combinations[0]!.answers[0]!;
    expect([status, upper]).toEqual(['unmet', 1]);
    expect(binds).toMatchObject({ what: 'p99<50ms', limit: 50_000 });
    expect(binds!.value).toBeGreaterThan(90_000);
  });

  it('interrupted after any trial goes on to the same answer', async () => {
    const plan = simulatedPlan();
    const whole = await searched(plan, serverWith(1_234));
    const total = whole.combinations[0]!.trials.length;
    for (const stopAfter of [1, 4, total - 1]) {
      const part = await searched(plan, serverWith(1_234), stopAfter);
      expect(part).toMatchObject({ incomplete: true, ended: { code: 'INTERRUPTED' } });
      expect(part.combinations[0]!.answers[0]!.status).toBe('open');
      const { combinations } = await searched(plan, serverWith(1_234), Infinity, part);
      expect(combinations[0]!.answers).toEqual(whole.combinations[0]!.answers);
      expect(combinations[0]!.trials).toHaveLength(total);
    }
  });

  it('looks at the latency at 10, 50 and 90 % of the capacity, unless it is quick', async () => {
    const whole = await searched(simulatedPlan({ quick: false }), serverWith(1_234));
    const { answers, profile } = whole.combinations[0]!;
    const { lower } = answers[0]!;
    expect(profile.map(({ share, load }) => [share, load])).toEqual(
      [0.1, 0.5, 0.9].map((share) => [share, Math.round(share * lower!)]),
    );
    expect((await searched(simulatedPlan(), serverWith(300))).combinations[0]!.profile).toEqual([]);
  });
});

describe('a load that is refused', () => {
  const refusing =
    (code: 'LAB_ERR_FD_LIMIT' | 'LAB_ERR_MESSAGE_TOO_LARGE', from: number): MeasureTrial =>
    async (config, step) => {
      if (step.load >= from) throw new LabError(code, 'so much is not possible');
      return serverWith(1e9)(config, step);
    };

  it('for want of sockets is the limit of the instrument', async () => {
    const document = await searched(simulatedPlan(), refusing('LAB_ERR_FD_LIMIT', 500));
    const { status, lower, limit } = document.combinations[0]!.answers[0]!;
    expect([status, lower, limit?.code]).toEqual(['instrument', 400, 'FD_LIMIT']);
  });

  it('as no datagram carries it is a bound of the transport', async () => {
    const document = await searched(simulatedPlan(), refusing('LAB_ERR_MESSAGE_TOO_LARGE', 1_300));
    const { status, lower, binds } = document.combinations[0]!.answers[0]!;
    expect([status, binds?.what]).toEqual(['found', 'MESSAGE_TOO_LARGE']);
    expect(lower).toBeLessThan(1_300);
    expect(lower).toBeGreaterThan(1_200);
  });

  it('at once ends the search: nothing else would be possible either', async () => {
    const measure = refusing('LAB_ERR_FD_LIMIT', 0);
    await expect(searched(simulatedPlan(), measure)).rejects.toThrow('so much is not possible');
  });
});

describe('the plan of a search', () => {
  it.each([
    ['rate', { ratesPerSecond: [1, 2] }, '`ratesPerSecond` has 2 values'],
    ['rate', { ratesPerSecond: [0.5] }, '`ratesPerSecond` 0.5 is no load'],
    ['clients', { clients: [1, 2] }, '`clients` has 2 values'],
    ['size', { sizesBytes: [0] }, '`sizesBytes` 0 is no load'],
  ] as const)('over %s refuses %j', (axis, config, problem) => {
    expect(() => simulatedPlan({ axis, config })).toThrow(problem);
  });

  it('names combinations by all that differs', () => {
    const config = { links: ['none', '4g'], clients: [10, 20] };
    const { combinations } = simulatedPlan({ config });
    expect(combinations).toHaveLength(4);
  });
});
