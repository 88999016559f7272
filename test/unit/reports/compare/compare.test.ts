import { styleText } from 'node:util';
import { describe, expect, it } from 'vitest';
import { compareResults } from '../../../../bench/compare/compare.js';
import type { Comparison, MetricComparison } from '../../../../bench/compare/comparison.js';
import { renderComparison } from '../../../../cli/ui/compare-table.js';
import type { Style } from '../../../../cli/ui/style.js';
import { renderComparisonMarkdown } from '../../../../reports/markdown/compare.js';
import { formatNeeded, formatP, formatShift } from '../../../../reports/text/compare-format.js';
import { makeRepeated, makeRuns, spread } from '../../../support/result/repeated.js';

const plain: Style = (_format, text) => text;

function example(): Comparison {
  const before = makeRepeated(1, [
    ...makeRuns(
      spread(900, 5, 8).map((p50, i) => ({ p50, p99: 4000 + i * 101, cpu: 2 + i * 0.05 })),
    ),
    ...makeRuns(new Array(8).fill({ loss: 0.001 }), { transport: 'udp' }),
    ...makeRuns([{}], { codec: 'msgpack' }),
  ]);
  const lossy = spread(0.02, 0, 8).map((loss, i) => ({
    loss,
    status: (['INVALID', 'SUSPECT'] as const)[i] ?? ('VALID' as const),
  }));
  const after = makeRepeated(
    2,
    [
      ...makeRuns(
        spread(1203, 5, 8).map((p50, i) => ({ p50, p99: 4150 + i * 90, cpu: 1.2 + i * 0.05 })),
      ),
      ...makeRuns(lossy, { transport: 'udp' }),
    ],
    { environment: { ...before.environment, cpu: 'Z80\u001b[2J | <b>' } },
  );
  const inputs = [
    { name: 'before.json', result: before },
    { name: 'after.json', result: after },
  ];
  return compareResults(inputs, { sameSession: true });
}

const metric = (facts: Partial<MetricComparison>): MetricComparison => ({
  metric: 'p50',
  unit: 'us',
  better: 'lower',
  reference: { values: 8, median: 1000 },
  candidate: { values: 8, median: 1000 },
  shift: 0,
  shift_ci: null,
  margin: 50,
  method: 'exact',
  p: 1,
  p_adjusted: 1,
  verdict: 'inconclusive',
  reason: 'WIDE_INTERVAL',
  needed: 12,
  ...facts,
});

describe('the table of a comparison', () => {
  it('looks like this', () => {
    expect(`\n${renderComparison(example(), 100, plain)}`).toMatchInlineSnapshot(`
      "
      A  before.json  2026-11-21T01:00:00.000Z, lab 0.1.0
      B  after.json  2026-11-21T02:00:00.000Z, lab 0.1.0

      verdict       metric                  A          B      shift        95 % interval      p  runs
      ────────────  ──────────────  ─────────  ─────────  ─────────  ───────────────────  ─────  ────
      tcp/line-json · 100 clients × 1,000 msg/s × 128 B × 10 s · runs A 8, B 8
      worse         latency p50        918 µs    1.22 ms    +33.0 %     +31.4 to +34.7 %  0.001
      inconclusive  latency p99       4.35 ms    4.46 ms    +2.56 %     −3.77 to +8.89 %  1.000  ≈ 54
      equivalent    goodput         100,000/s  100,000/s        0 %             0 to 0 %  1.000
      equivalent    loss                  0 %        0 %       0 pp            0 to 0 pp  1.000
      better        server CPU/msg    2.17 µs    1.38 µs    −36.8 %     −43.7 to −29.9 %  0.001
      ⚠ udp/line-json · 100 clients × 1,000 msg/s × 128 B × 10 s · runs A 8, B 7
      equivalent    latency p50        900 µs     900 µs        0 %             0 to 0 %  1.000
      inconclusive  latency p99       4.00 ms          –          –                    –      –     –
      equivalent    goodput         100,000/s  100,000/s        0 %             0 to 0 %  1.000
      worse         loss               0.10 %     2.00 %  +1.900 pp  +1.900 to +1.900 pp  0.002
      equivalent    server CPU/msg    2.00 µs    2.00 µs        0 %             0 to 0 %  1.000

      B against A: 2 worse, 1 better, 5 equivalent, 2 inconclusive

      ⚠ cpu is AMD EPYC 7B13 in A and Z80\\x1b[2J | <b> in B
        → measure both on one machine, one right after the other
      · sessions: 1 against 1; each run is a value (--same-session-assumption): a change of the machine
        between sessions counts as a difference
      ⚠ udp/line-json · 100 clients × 1,000 msg/s × 128 B × 10 s: B has 1 SUSPECT run, 1 INVALID run left
        out
      · latency p99 is not compared where a run has no such figure: it has too few samples, or lost more
        messages than the percentile leaves out
      · only in A: tcp/msgpack · 100 clients × 1,000 msg/s × 128 B × 10 s

      A value is a run. Shift: Hodges–Lehmann, with its 95 % interval. p: Mann–Whitney, Holm-corrected
      over 9 tests. Better or worse: p < 0.05 and the interval wholly beyond ±5 % of the reference median;
      equivalent: wholly inside. Runs: how many on each side would likely settle it.
      "
    `);
  });

  it('keeps its verdicts on a narrow terminal, and the marks of cells with doubtful runs', () => {
    const text = renderComparison(example(), 60, plain);
    expect(text).toMatch(/^worse +latency p50/m);
    expect(text).toMatch(/^⚠ udp\/line-json/m);
    for (const line of text.split('\n').slice(3)) expect([...line].length).toBeLessThanOrEqual(64);
  });

  it('colours worse red and better green', () => {
    const style: Style = (format, text) => styleText(format, text, { validateStream: false });
    const text = renderComparison(example(), 100, style);
    expect(text).toContain(style('red', 'worse'));
    expect(text).toContain(style('green', 'better'));
  });

  it('lets no name in a result move the cursor or become markup', () => {
    expect(renderComparison(example(), 100, plain)).not.toContain('\u001b');
    const markdown = renderComparisonMarkdown(example());
    expect(markdown).not.toContain('\u001b');
    expect(markdown).toContain('\\| &lt;b&gt;');
  });
});

describe('the Markdown of a comparison', () => {
  it('says the verdicts first, then what to know, then the figures', () => {
    const markdown = renderComparisonMarkdown(example());
    expect(markdown).toMatch(/^# Comparison\n\n\*\*2 worse, 1 better, /);
    expect(markdown).toMatch(/^\| ▼.\*\*worse\*\* +\| latency.p50 +\| +918.µs \| +1\.22.ms \|/m);
    expect(markdown).toContain('B has 1 SUSPECT run, 1 INVALID run left out');
    expect(markdown.indexOf('## B against A')).toBeLessThan(markdown.indexOf('| Verdict'));
    expect(markdown.endsWith('\n')).toBe(true);
  });

  it('says what to do when there are too few runs', () => {
    const two = [1, 2].map((hour) => ({
      name: `${hour}`,
      result: makeRepeated(hour, makeRuns([{}])),
    }));
    expect(renderComparisonMarkdown(compareResults(two, { sameSession: true }))).toContain(
      'with --repeat 5 or more',
    );
    const three = [1, 2].map((hour) => ({
      name: `${hour}`,
      result: makeRepeated(hour, makeRuns(spread(900 * hour, 1, 3).map((p50) => ({ p50 })))),
    }));
    expect(renderComparisonMarkdown(compareResults(three, { sameSession: true }))).toContain(
      'no difference can reach p &lt; 0.05 in 5 tests (Holm); use --repeat 5 or more',
    );
  });
});

describe('figures', () => {
  it.each([
    [{ shift: 101 }, '+10.1 %'],
    [{ shift: -4 }, '−0.40 %'],
    [{ shift: 0 }, '0 %'],
    [{ shift: 0.01 }, '+<0.01 %'],
    [{ shift: null }, '–'],
    [{ shift: 12.5, reference: { values: 8, median: 0 } }, '+12.5 µs'],
    [{ unit: 'share' as const, shift: 0.0195 }, '+1.950 pp'],
    [{ unit: 'share' as const, shift: -1e-9 }, '−<0.001 pp'],
    [{ unit: 'per_s' as const, shift: 2500, reference: { values: 8, median: 0 } }, '+2,500/s'],
  ])('a shift: %j reads %s', (facts, text) => {
    expect(formatShift(metric(facts))).toBe(text);
  });

  it('a p below α never reads as α', () => {
    expect([0.04996, 0.0004, 0.05, 1, null].map((p) => formatP(p, 0.05))).toEqual([
      '<0.050',
      '<0.001',
      '0.050',
      '1.000',
      '–',
    ]);
  });

  it.each([
    [{}, '≈ 12'],
    [{ reason: 'TOO_FEW_RUNS' as const, needed: 6 }, '≥ 6'],
    [{ needed: null }, '> 1000'],
    [{ reason: 'NOT_MEASURED' as const, needed: null }, '–'],
    [{ verdict: 'worse' as const, reason: null, needed: null }, ''],
  ])('the runs it takes: %j reads %j', (facts, text) => {
    expect(formatNeeded(metric(facts))).toBe(text);
  });
});
