import { describe, expect, it } from 'vitest';
import { meets, parseObjectives } from '../../../../bench/choose/question/objectives.js';
import {
  ASSUMED_PRICES,
  completePrices,
  parsePrices,
} from '../../../../bench/choose/question/prices.js';

const objectives = (text: string) => parseObjectives('--slo', text);

describe('objectives', () => {
  it('are a list of limits with units, which hold together', () => {
    expect(objectives('staleness_p99<500ms, loss<=0.1%')).toEqual([
      { expression: 'staleness_p99<500ms', metric: 'staleness_p99', operator: '<', limit: 500_000 },
      { expression: 'loss<=0.1%', metric: 'loss', operator: '<=', limit: 0.001 },
    ]);
  });

  it('may ask for the best that there is by an equals sign', () => {
    const [loss, reach] = objectives('loss=0,reach=100%');
    expect(loss).toMatchObject({ expression: 'loss=0', operator: '<=', limit: 0 });
    expect(reach).toMatchObject({ expression: 'reach=100%', operator: '>=', limit: 1 });
    expect([meets(loss!, 0), meets(loss!, 1e-9), meets(reach!, 1)]).toEqual([true, false, true]);
  });

  it.each([
    ['p99<5', 'has no unit'],
    ['p99=5ms', 'is no limit'],
    ['p98<5ms', 'names no metric'],
    ['p99<5ms,p99<6ms', 'limits p99 twice'],
    ['p99<5ms,p99>6ms', 'contradict each other'],
    ['loss<1%,loss>=1%', 'contradict each other'],
    ['', 'is not a threshold'],
    ['p99<5ms,', 'is not a threshold'],
  ])('%j is refused: %s', (text, problem) => {
    expect(() => objectives(text)).toThrow(problem);
  });

  it('may enclose a range', () => {
    expect(objectives('goodput>=1k,goodput<=1k')).toHaveLength(2);
  });
});

describe('prices', () => {
  const prices = (text: string) => parsePrices('--price', text);

  it('are given by name, and assumed where they are not', () => {
    const given = prices('gb-egress=0.09, cpu-hour=0');
    expect(given).toEqual({ 'gb-egress': 0.09, 'cpu-hour': 0 });
    expect(completePrices(given)).toEqual({ ...ASSUMED_PRICES, ...given });
  });

  it.each([
    ['cpu-hour=-1', 'is negative'],
    ['cpu-hour', 'is not a price'],
    ['cpu-hour=1e3', 'is not a price'],
    ['cpu-hour=a', 'is not a price'],
    ['cpu-hour=1,cpu-hour=2', 'twice'],
    ['cpu=1', 'is not known'],
    ['cpu-hour=10000000', 'out of range'],
  ])('%j is refused: %s', (text, problem) => {
    expect(() => prices(text)).toThrow(problem);
  });
});
