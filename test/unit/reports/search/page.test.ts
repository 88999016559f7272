import { describe, expect, it } from 'vitest';
import { searchChart } from '../../../../reports/search/chart.js';
import { searchFiles } from '../../../../reports/search/files.js';
import { renderSearchMarkdown } from '../../../../reports/search/markdown.js';
import { searched, serverWith, simulatedPlan } from '../../../support/result/search-rig.js';

const found = await searched(simulatedPlan({ quick: false }), serverWith(1_234));
const limited = await searched(simulatedPlan(), serverWith(1e9, 700));

describe('the page of a search', () => {
  it('has the answer first, the chart, and every trial folded away', () => {
    const files = searchFiles(limited);
    expect([...files.keys()]).toEqual(['report.md', 'trials.svg']);
    const page = files.get('report.md')!;
    expect(page).toMatch(/^# The largest number of messages\/s/);
    expect(page.indexOf('at least')).toBeLessThan(page.indexOf('![Every trial'));
    expect(page).toContain('<details><summary>All 9 trials, in their order</summary>');
    expect(page.match(/– void SUBSCRIBER_SATURATED|–\s+void\s+SUBSCRIBER_SATURATED/g)).toHaveLength(
      3,
    );
    expect(renderSearchMarkdown(limited)).not.toContain('![');
  });

  it('escapes what stands in names', () => {
    const [one] = found.combinations;
    const document = { ...found, combinations: [{ ...one!, name: 'a|b <script>' }] };
    expect(renderSearchMarkdown(document)).not.toContain('<script>');
    expect(searchChart(document)).not.toContain('<script>');
  });
});
