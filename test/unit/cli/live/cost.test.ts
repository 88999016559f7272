import { describe, expect, it } from 'vitest';
import { formatCpuShare } from '../../../../cli/live/account.js';
import { CostMeter } from '../../../../cli/live/cost.js';

describe('what a live page costs', () => {
  it('is the CPU time of its work, that within it counted once, and of what throws too', () => {
    let cpu = 0;
    const cost = new CostMeter(() => cpu);
    cpu = 1_000;
    const value = cost.of(() => {
      cpu += 300;
      return cost.of(() => {
        cpu += 200;
        return 7;
      });
    });
    cpu += 5_000;
    expect(() =>
      cost.of(() => {
        cpu += 40;
        throw new Error('it failed');
      }),
    ).toThrow('it failed');
    expect([value, cost.micros]).toEqual([7, 540]);
  });

  it('is told with its share of a core', () => {
    expect(formatCpuShare(12_300, 30.75, 2, 62)).toMatch(
      /^live page: 12\.3 ms of CPU in 31 s, 0\.040? % of one core, for 2 browsers and 62 updates;/,
    );
    expect(formatCpuShare(500, 10, 0, 0)).toContain('; no browser looked on');
  });
});
