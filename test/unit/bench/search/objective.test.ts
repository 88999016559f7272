import { describe, expect, it } from 'vitest';
import { latencyLimit, parseGoal } from '../../../../bench/search/objective.js';
import { LabError } from '../../../../src/errors.js';

const refusal = (text: string): string => {
  try {
    parseGoal('--slo', text);
  } catch (error) {
    const { code, message, hint } = LabError.from(error);
    return `${code}: ${message} → ${hint}`;
  }
  return 'accepted';
};

describe('a service-level objective', () => {
  it('is conditions with commas between, in the units of results', () => {
    const { expression, objectives } = parseGoal(
      '--slo',
      ' p99<50ms, staleness_p99<=200ms,loss=0 ',
    );
    expect(expression).toBe('p99<50ms,staleness_p99<=200ms,loss=0');
    expect(objectives).toEqual([
      { expression: 'p99<50ms', metric: 'p99', operator: '<', limit: 50_000 },
      {
        ...{ expression: 'staleness_p99<=200ms', metric: 'staleness_p99' },
        ...{ operator: '<=', limit: 200_000 },
      },
      { expression: 'loss=0', metric: 'loss', operator: '<=', limit: 0 },
    ]);
  });

  it('says none and all with =, and nothing else', () => {
    expect(parseGoal('--slo', 'reach=100%').objectives[0]).toMatchObject({
      ...{ metric: 'reach', operator: '>=', limit: 1 },
    });
    expect(parseGoal('--slo', 'duplicates=0').objectives[0]).toMatchObject({ limit: 0 });
    expect(refusal('loss=1%')).toMatch(/is for none and all .* → write loss<=1%$/);
    expect(refusal('p99=5ms')).toMatch(/→ write p99<=5ms$/);
  });

  it('knows what people call the CPU of the server', () => {
    expect(parseGoal('--slo', 'server_cpu<5us').objectives[0]).toMatchObject({
      ...{ expression: 'server_cpu<5us', metric: 'cpu', limit: 5 },
    });
  });

  it.each([
    ['p99<50', 'has no unit'],
    ['nonsense<5ms', 'names no metric'],
    ['p99>5ms', 'is better the lower it is'],
    ['reach<50%', 'is better the higher it is'],
    ['loss=0,loss<1%', 'has two conditions for loss'],
    ['p99<0ms', 'can never hold'],
    ['p99<=0us', 'can never hold'],
    ['loss<0%', 'can never hold'],
    ['reach>100%', 'can never hold'],
    ['goodput>10k', 'more load delivers more by itself'],
    ['p99<5ms,', 'has an empty condition'],
    ['', 'is empty'],
    ['p99==5ms', 'is not a threshold'],
    ['loss=', 'has no unit|is not a threshold'],
  ])('%s is refused with a hint: it %s', (text, problem) => {
    expect(refusal(text)).toMatch(new RegExp(`^LAB_ERR_BAD_VALUE: .*(${problem}).* → .+`));
  });

  it('holds a growth of the latency against the strictest limit of a latency', () => {
    expect(latencyLimit(parseGoal('--slo', 'p99<50ms,p50<9ms,cpu<1us,loss=0'))).toBe(9_000);
    expect(latencyLimit(parseGoal('--slo', 'schedule_lag_p99<1ms,loss=0'))).toBeNull();
  });
});
