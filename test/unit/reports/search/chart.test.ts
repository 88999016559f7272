import { describe, expect, it } from 'vitest';
import { searchChart } from '../../../../reports/search/chart.js';
import { searched, serverWith, simulatedPlan } from '../../../support/result/search-rig.js';

const found = await searched(simulatedPlan({ quick: false }), serverWith(1_234));
const limited = await searched(simulatedPlan(), serverWith(1e9, 700));
const unmet = await searched(simulatedPlan(), serverWith(0));

describe('the chart of a search', () => {
  it('has a mark for every trial: discs, crosses and rings', () => {
    for (const document of [found, limited, unmet]) {
      const { trials } = document.combinations[0]!;
      const svg = searchChart(document)!;
      // A title each, and that of the chart.
      expect(svg.match(/<title/g)).toHaveLength(trials.length + 1);
      expect(searchChart(document)).toBe(svg);
      expect(svg).not.toMatch(/NaN|Infinity|undefined/);
    }
  });

  it('is not drawn without a trial', () => {
    const combinations = found.combinations.map((one) => ({ ...one, trials: [] }));
    expect(searchChart({ ...found, combinations })).toBeUndefined();
  });
});
