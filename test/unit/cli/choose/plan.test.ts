/** What is measured to answer a question, and the commands that measure more. */
import { describe, expect, it } from 'vitest';
import { stackText } from '../../../../bench/run/combinations.js';
import { askedOf } from '../../../../cli/choose/asked.js';
import { measureCommand } from '../../../../cli/choose/measure-command.js';
import { type PlanOptions, planChoice } from '../../../../cli/choose/plan.js';
import type { AskedPart } from '../../../../cli/choose/question-flags.js';

const LOAD = { clients: 200, ratePerSecond: 100, sizeBytes: 64 };
const OPTIONS: PlanOptions = {
  quick: true,
  deadlineMs: null,
  stacks: null,
  symbols: null,
  seconds: null,
};
const planned = (parts: AskedPart, options: Partial<PlanOptions> = {}) =>
  planChoice(askedOf([LOAD, parts]).question, { ...OPTIONS, ...options });
const stacks = (parts: AskedPart): string[] =>
  planned(parts).runs[0]!.config.stacks!.map(stackText);

describe('the plan', () => {
  it('has the stacks that the question leaves', () => {
    expect(stacks({})).toEqual(['tcp', 'udp']);
    expect(stacks({ links: ['none', 'delay=25ms/loss=1%'] })).toEqual([
      'tcp',
      'udp',
      'udp/repair=nak',
    ]);
    expect(stacks({ browsers: true })).toEqual(['ws']);
    expect(stacks({ multicast: 'may' })).toEqual(['tcp', 'udp', 'udp-multicast']);
    expect(stacks({ multicast: 'must' })).toEqual(['udp-multicast']);
  });

  it('takes five minutes when quick and half an hour else, with the loads around the question', () => {
    const links = ['none', 'delay=25ms/loss=1%'];
    const quick = planned({ links });
    expect(quick.runs).toHaveLength(1);
    expect(quick.seconds).toBeLessThanOrEqual(300);
    expect(quick.runs[0]!.config.repeat).toBeGreaterThanOrEqual(8);
    const whole = planned({ links }, { quick: false });
    expect(whole.seconds).toBeLessThanOrEqual(1_800);
    expect(whole.seconds).toBeGreaterThan(1_200);
    expect(whole.runs[1]!.config.links).toEqual(['delay=25ms/loss=0.5%', 'delay=25ms/loss=2%']);
  });

  it('publishes each key 20 times a second, and a slow feed for longer', () => {
    const at = (ratePerSecond: number) => planned({ ratePerSecond }).runs[0]!.config;
    expect([1, 100, 5_000].map((rate) => at(rate).sourceOptions.symbols)).toEqual([1, 5, 50]);
    expect([2, 100].map((rate) => at(rate).durationsMs[0])).toEqual([25_000, 1_000]);
    // 2,000 deliveries have a p99.
    expect(planned({ clients: 1, ratePerSecond: 400 }).runs[0]!.config.durationsMs).toEqual([
      5_000,
    ]);
    expect(planned({}, { symbols: 7 }).runs[0]!.config.sourceOptions.symbols).toBe(7);
  });

  it('lets repair wait no longer than the deadline', () => {
    const config = planned({ links: ['delay=5ms/loss=1%'] }, { deadlineMs: 200 }).runs[0]!.config;
    expect(config.transportOptions.repairDeadlineMs).toBe(200);
  });

  it('takes as long as it is told, and makes 6 runs of each cell at the least', () => {
    const links = ['none', 'delay=25ms/loss=1%'];
    const { runs, seconds } = planned({ links }, { seconds: 1 });
    expect(runs.map(({ config }) => config.repeat)).toEqual([6]);
    expect(seconds).toBeGreaterThan(60);
    const longer = planned({ links }, { seconds: 200 });
    expect(longer.seconds).toBeLessThanOrEqual(200);
    expect(longer.runs[0]!.config.repeat).toBeGreaterThan(6);
  });

  it('needs a load', () => {
    const { question } = askedOf([{ clients: 3 }]);
    expect(() => planChoice(question, OPTIONS)).toThrow('a choice needs a load to measure');
  });
});

describe('the command that measures more', () => {
  const experiment = {
    stacks: [
      {
        ...{ transport: 'udp', codec: 'msgpack', flush: 'auto', repair: 'nak' },
        ...{ congestion: 'default', policy: 'drop-oldest' },
      },
    ],
    ...{ links: ['delay=25ms/loss=1%'], clients: 200, ratePerSecond: 100, sizeBytes: 64 },
    ...{ durationSeconds: 2, runs: 9 },
  };

  it('is that of the run with these cells alone', () => {
    const command =
      'lab run --stack tcp,udp/repair=nak --codec msgpack --clients 200 --size 64 --duration 2s --repeat 7 --seed 3 --symbols 5 --link none,delay=25ms/loss=1%';
    expect(measureCommand(command, experiment)).toBe(
      'lab run --stack udp/codec=msgpack/repair=nak --clients 200 --size 64 --duration 2s --repeat 9 --seed 3 --symbols 5 --link delay=25ms/loss=1%',
    );
  });

  it('is made of the load where that command cannot be read', () => {
    expect(measureCommand('lab run --gone 3', experiment)).toContain(
      '--stack udp/codec=msgpack/repair=nak',
    );
  });
});
