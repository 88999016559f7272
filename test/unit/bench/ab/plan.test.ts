import { describe, expect, it } from 'vitest';
import {
  type Arm,
  cellConfig,
  idWithoutRun,
  planBlocks,
  sessionSeconds,
  stepsOf,
} from '../../../../bench/ab/plan.js';
import { DEFAULT_CONFIG, type RunConfig } from '../../../../bench/config.js';
import { planCells } from '../../../../bench/run/matrix.js';
import { codeOf } from '../../../support/core/code-of.js';

const ONE: RunConfig = { ...DEFAULT_CONFIG, transports: ['tcp'], codecs: ['line-json'] };

function arms(a: Partial<RunConfig> = {}, b: Partial<RunConfig> = {}): Arm[] {
  return [
    { label: 'A', config: { ...ONE, ...a } },
    { label: 'B', config: { ...ONE, ...b } },
  ];
}

/** `ABBA BAAB …`, of one position. */
function orderOf(plan: ReturnType<typeof planBlocks>, position = 0): string {
  const steps = [...stepsOf(plan)].filter((step) => step.position === position);
  const letters = steps.map(({ arm }) => 'ABC'[arm]);
  const size = plan.arms.length * 2;
  return Array.from({ length: plan.blocks }, (_, i) =>
    letters.slice(i * size, (i + 1) * size).join(''),
  ).join(' ');
}

describe('the order of an A/B', () => {
  it('is the same forwards and backwards in each block, and begins with each arm in turn', () => {
    const order = orderOf(planBlocks(arms(), 4, 1));
    expect(['ABBA BAAB ABBA BAAB', 'BAAB ABBA BAAB ABBA']).toContain(order);
  });

  it('begins with another arm for another seed', () => {
    const starts = new Set(
      Array.from({ length: 20 }, (_, seed) => orderOf(planBlocks(arms(), 1, seed))),
    );
    expect([...starts].sort()).toEqual(['ABBA', 'BAAB']);
  });

  it('of three arms is the same both ways too', () => {
    const three = [...arms(), { label: 'control', config: ONE } as const];
    expect(
      orderOf(planBlocks(three, 2, 1))
        .split(' ')
        .sort(),
    ).toEqual(['ABCCBA', 'CBAABC']);
  });

  it('takes positions one after another in each block', () => {
    const both = { transports: ['tcp', 'udp'] };
    const steps = [...stepsOf(planBlocks(arms(both, both), 2, 1))];
    expect(steps.map(({ block, position }) => `${block}.${position}`).join(' ')).toBe(
      [1, 2].flatMap((b) => [0, 1].flatMap((p) => new Array(4).fill(`${b}.${p}`))).join(' '),
    );
  });

  it('numbers the runs of a cell by block, two a block, and no id comes twice for one arm', () => {
    const several = { flushes: ['0', '5ms'] };
    const steps = [...stepsOf(planBlocks(arms(several, several), 3, 1))];
    for (const { block, cell } of steps) expect(Math.ceil(cell.run / 2)).toBe(block);
    const ids = steps.map(({ arm, cell }) => `${arm} ${cell.id}`);
    expect(new Set(ids).size).toBe(steps.length);
    expect(steps.length).toBe(3 * 2 * 4);
  });
});

describe('cells that stand against each other', () => {
  it('are those at the same place of both matrices', () => {
    const { positions } = planBlocks(
      arms({ transports: ['tcp', 'udp'] }, { transports: ['udp', 'ws'], codecs: ['msgpack'] }),
      2,
      1,
    );
    expect(positions.map((cells) => cells.map(({ id }) => idWithoutRun({ id })))).toEqual([
      ['tcp/line-json/c100/r100/s40/d5000', 'udp/msgpack/c100/r100/s40/d5000'],
      ['udp/line-json/c100/r100/s40/d5000', 'ws/msgpack/c100/r100/s40/d5000'],
    ]);
  });

  it.each([
    [{ transports: ['tcp', 'udp'] }, '`transports` has 2 of them in A and 1 in B'],
    [{ clients: [1, 2, 3] }, '`clients` has 3 of them in A and 1 in B'],
    [{ ratesPerSecond: [1, 2] }, '`ratesPerSecond` has 2 of them in A and 1 in B'],
    [{ flushes: ['0', '1ms'] }, '`flushes` has 2 of them in A and 1 in B'],
  ])('are as many on both sides: %j is refused', (a, said) => {
    const act = () => planBlocks(arms(a), 2, 1);
    expect(codeOf(act)).toBe('LAB_ERR_USAGE');
    expect(act).toThrow(said);
  });

  it('are as many too when the lists differ and their product does not', () => {
    const act = () =>
      planBlocks(arms({ clients: [1, 2] }, { codecs: ['line-json', 'msgpack'] }), 2, 1);
    expect(codeOf(act)).toBe('LAB_ERR_USAGE');
  });
});

describe('the configuration of one cell', () => {
  it('measures that cell and no other', () => {
    const config: RunConfig = {
      ...DEFAULT_CONFIG,
      clients: [1, 20],
      flushes: ['auto', '5ms'],
      repeat: 7,
    };
    const plan = planBlocks(
      [
        { label: 'A', config },
        { label: 'B', config },
      ],
      2,
      1,
    );
    for (const [cell] of plan.positions) {
      const one = cellConfig(config, cell!);
      expect(planCells(one)).toMatchObject([{ ...cell, id: expect.any(String) as string, run: 1 }]);
      expect(one.baselines).toBe(false);
    }
  });
});

it('the estimate grows with blocks, cells and arms', () => {
  const once = sessionSeconds(planBlocks(arms(), 1, 1));
  // Four cells of a second of warm-up, five of window, and what a cell takes besides.
  expect(once).toBeGreaterThan(24);
  expect(sessionSeconds(planBlocks(arms(), 10, 1))).toBeCloseTo(10 * once, 6);
  const three = [...arms(), { label: 'control', config: ONE } as const];
  expect(sessionSeconds(planBlocks(three, 1, 1))).toBeCloseTo(1.5 * once, 6);
});
