import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { forestChart } from '../../../../reports/html/comparison/forest.js';
import { comparedMetrics } from '../../../../reports/html/comparison/metrics-table.js';
import { renderHtmlComparison } from '../../../../reports/html/comparison/report.js';
import { compareCells, compareRuns } from '../../../support/result/compared.js';
import { makeRuns, spread } from '../../../support/result/repeated.js';

const slower = compareRuns(
  spread(1_000, 2, 8).map((p50) => ({ p50, goodput: 90_000 })),
  spread(1_200, 2, 8).map((p50) => ({ p50, goodput: 120_000 })),
);
const page = renderHtmlComparison(slower);

describe('the page of a comparison', () => {
  it('is the same bytes each time, and holds the comparison', () => {
    expect(renderHtmlComparison(JSON.parse(JSON.stringify(slower)))).toBe(page);
    const [, base64] = /download="comparison.json.gz" href="data:[^,]*,([^"]*)"/.exec(page)!;
    expect(JSON.parse(gunzipSync(Buffer.from(base64!, 'base64')).toString())).toEqual(slower);
  });

  it('has the content policy of every page', () => {
    const [, script] = /<script>([\s\S]*?)<\/script>/.exec(page)!;
    const hash = createHash('sha256').update(script!, 'utf8').digest('base64');
    expect(page).toContain(`content="default-src 'none'; script-src 'sha256-${hash}'; style-src '`);
  });

  it('says first what became worse and what better, by how much', () => {
    const [, answer] = /<dt>ANSWER<\/dt><dd>(.*?)<\/dd>/.exec(page)!;
    expect(answer).toContain('1 worse, 1 better');
    expect(answer).toContain('Worse: latency p50 of tcp/line-json (+19.9 %).');
    expect(answer).toContain('Better: goodput of tcp/line-json (+33.3 %).');
    expect(page).toContain('<title>B against A: 1 worse');
  });

  it('names loads where there are several, and only then', () => {
    const names = (clients: number): string[] => {
      const cells = [...makeRuns([{}, {}]), ...makeRuns([{}, {}], { clients })];
      return [...new Set(comparedMetrics(compareCells(cells, cells)).map(({ cell }) => cell))];
    };
    expect(names(7)).toHaveLength(2);
    expect(names(7).every((name) => /^tcp\/line-json, \d+ clients/.test(name))).toBe(true);
    expect(comparedMetrics(slower)[0]!.cell).toBe('tcp/line-json');
  });

  it('of one run each has no picture, and says what one run lacks', () => {
    const html = renderHtmlComparison(compareRuns([{}], [{ p50: 1_000 }]));
    expect(html).not.toContain('<figure');
    expect(html).toContain('one run has no spread: measure with --repeat');
  });
});

describe('the picture of a comparison', () => {
  const svg = forestChart(comparedMetrics(slower))!;
  /** Circles from the left, by the title of their row. */
  const at = new Map(
    [...svg.matchAll(/<title>(\w+): ([^<]*)<\/title>.*?<circle cx="([\d.]+)"/g)].map(
      ([, verdict, name, x]) => [`${verdict} ${name!.split(' of ')[0]}`, Number(x)] as const,
    ),
  );

  it('has what is worse on the left and what is better on the right, of either direction', () => {
    // Latency grew, which is worse; goodput grew, which is better. Nothing else moved.
    const zero = at.get('equivalent loss')!;
    expect(at.get('worse latency p50')).toBeLessThan(zero);
    expect(at.get('better goodput')).toBeGreaterThan(zero);
  });

  it('measures in margins: a shift of 19.9 % is 3.99 of 5 %', () => {
    const { shift, margin } = comparedMetrics(slower).find(
      ({ metric }) => metric.metric === 'p50',
    )!.metric;
    expect(shift! / margin).toBeCloseTo(200 / (0.05 * 1_007), 3);
    // The axis spans 290 to 850 px over ±span margins, around 570.
    const p50 = 570 - at.get('worse latency p50')!;
    const goodput = at.get('better goodput')! - 570;
    const goodputMargins = 30_000 / (0.05 * 90_000);
    expect(p50 / goodput).toBeCloseTo(shift! / margin / goodputMargins, 2);
  });

  it('is not drawn where no metric has an interval', () => {
    expect(forestChart(comparedMetrics(compareRuns([{}], [{}])))).toBeUndefined();
  });
});
