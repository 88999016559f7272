import { describe, expect, it } from 'vitest';
import { analyse } from '../../../../bench/ab/analyse.js';
import { abDocument } from '../../../../bench/ab/assemble.js';
import type { AbDocument } from '../../../../bench/ab/document.js';
import type { AbPlanFile } from '../../../../bench/ab/plan-file.js';
import { renderAb } from '../../../../cli/ab/table.js';
import type { Style } from '../../../../cli/ui/style.js';
import { renderAbMarkdown } from '../../../../reports/markdown/ab.js';
import { armCells, PAIR, twice } from '../../../support/result/blocks.js';
import { makeRepeated, spread } from '../../../support/result/repeated.js';

const plain: Style = (_format, text) => text;
const BLOCKS = 10;

function example(flagsB = '--flush 10ms'): AbDocument {
  const p99s = [1, 1.02, 0.98, 1.05, 0.97, 1.01, 1.03, 0.99, 1.06, 0.96].map((x) => 4_000 * x);
  const a = armCells(twice(p99s).map((p99, i) => ({ p99, p50: 900 + (i % 3), cpu: 2 })));
  const b = armCells(
    twice(p99s.toReversed()).map((p99, i) => ({
      p99,
      p50: 990 + (i % 4),
      cpu: 1.9 + 0.001 * (i % 5),
      ...(i === 3 ? { status: 'INVALID' as const } : {}),
    })),
  );
  const plan: AbPlanFile = {
    schema: 'lab-ab-plan/v1',
    started_at: '2026-12-01T00:00:00.000Z',
    command: "lab ab '--flush 0' '--flush 10ms' --control",
    seed: 1,
    blocks: BLOCKS,
    margin: 0.02,
    metrics: ['p50', 'p99', 'loss', 'cpu'],
    arms: [
      { label: 'A', flags: '--flush 0', command: 'lab run', program: null, folder: 'a' },
      { label: 'B', flags: flagsB, command: 'lab run', program: null, folder: 'b' },
      {
        label: 'control',
        flags: '--flush 0',
        command: 'lab run',
        program: null,
        folder: 'control',
      },
    ],
    pairs: [
      {
        ...PAIR,
        nameA: 'tcp/line-json flush 0 · 100 clients × 2 s',
        nameB: 'tcp/line-json flush 10ms · 100 clients × 2 s',
      },
    ],
  };
  const results = [a, b, a].map((cells) => makeRepeated(1, cells, { incomplete: false }));
  return abDocument(plan, results, plan, '0.1.0');
}

describe('the table of an A/B', () => {
  it('looks like this', () => {
    expect(`\n${renderAb(example(), 100, plain)}`).toMatchInlineSnapshot(`
      "
      A  --flush 0  lab 0.1.0
      B  --flush 10ms  lab 0.1.0
      control  --flush 0  lab 0.1.0

      B against A: worse in latency p50 (+10.0 %); better in server CPU/msg (−4.90 %); no difference in
        loss; inconclusive: latency p99

                                                                                              needed
      verdict        metric                A        B   change     95 % interval  detectable  blocks
      ─────────────  ──────────────  ───────  ───────  ───────  ────────────────  ──────────  ──────
      ⚠ A tcp/line-json flush 0, B tcp/line-json flush 10ms · 100 clients × 2 s · 9 blocks
      worse          latency p50      901 µs   991 µs  +10.0 %  +9.93 to +10.2 %     ±2.15 %
      inconclusive   latency p99     4.00 ms  4.00 ms  −0.02 %  −3.77 to +2.58 %     ±6.77 %    ≈ 35
      no difference  loss                0 %      0 %     0 pp         0 to 0 pp   ±0.010 pp
      better         server CPU/msg  2.00 µs  1.90 µs  −4.90 %  −4.95 to −4.86 %     ±2.07 %
      hidden: p; wider terminal or --json

      control: A against A: no difference in latency p50, latency p99, loss and server CPU/msg

                                                                                                 needed
      verdict        metric                A  A again  change  95 % interval      p  detectable  blocks
      ─────────────  ──────────────  ───────  ───────  ──────  ─────────────  ─────  ──────────  ──────
      tcp/line-json flush 0 · 100 clients × 2 s · 10 blocks
      no difference  latency p50      901 µs   901 µs     0 %       0 to 0 %  1.000     ±2.00 %
      no difference  latency p99     4.02 ms  4.02 ms     0 %       0 to 0 %  1.000     ±2.00 %
      no difference  loss                0 %      0 %    0 pp      0 to 0 pp  1.000   ±0.010 pp
      no difference  server CPU/msg  2.00 µs  2.00 µs     0 %       0 to 0 %  1.000     ±2.00 %

      ⚠ tcp/line-json flush 0 · 100 clients × 2 s has 1 block left out for an INVALID cell
      · latencies count to the receipt by the lab’s own client: they include the wait for it, which is not
        known
      · control: A does not differ from itself; the largest shift is 0 % in latency p50

      A value is a block (ABBA): B ÷ A of runs within seconds of each other. Change: Hodges–Lehmann median
      over blocks, with its 95 % interval. p: Wilcoxon signed-rank, Holm-corrected over 4 tests. Better or
      worse: p < 0.05 and the interval wholly beyond ±2 %; no difference: wholly inside. Detectable: the
      smallest change that 80 % of such sessions would show. Needed blocks: how many in all would likely
      settle it.
      "
    `);
  });

  it('keeps its verdicts on a narrow terminal', () => {
    const text = renderAb(example(), 60, plain);
    expect(text).toMatch(/^worse +latency p50/m);
    for (const line of text.split('\n').slice(4)) expect([...line].length).toBeLessThanOrEqual(60);
  });

  it('lets no flag move the cursor or become markup', () => {
    const hostile = example('--source replay:\u001b[2J|<b>');
    expect(renderAb(hostile, 100, plain)).not.toContain('\u001b');
    const markdown = renderAbMarkdown(hostile);
    expect(markdown).not.toContain('\u001b');
  });

  it('of a session without a block says that nothing can be compared', () => {
    const { comparison, ...rest } = example();
    const nothing = analyse([PAIR], [], [], { margin: 0.02, metrics: ['p99'] });
    const text = renderAb({ ...rest, comparison: { ...comparison, ...nothing } }, 100, plain);
    expect(text).toContain('nothing can be compared');
  });
});

describe('the Markdown of an A/B', () => {
  it('says the answer first, then who was measured, then what to know, then the figures', () => {
    const markdown = renderAbMarkdown(example());
    expect(markdown).toMatch(
      /^# A against B\n\n\*\*B against A: worse in latency p50 \(\+10\.0 %\); better in /,
    );
    expect(markdown).toContain('- **B** `--flush 10ms`: lab 0.1.0');
    expect(markdown).toContain('has 1 block left out for an INVALID cell');
    expect(markdown).toContain('A does not differ from itself');
    expect(markdown).toMatch(/^\| ▼.\*\*worse\*\* +\| latency.p50 +\| +901.µs/m);
    expect(markdown).toContain("`lab ab '--flush 0' '--flush 10ms' --control`");
    expect(markdown.indexOf('INVALID cell')).toBeLessThan(markdown.indexOf('| Verdict'));
  });
});

describe('a control that differs', () => {
  it('is a warning: what noise makes is larger than what is told', () => {
    const document = example();
    const differs = analyse(
      [PAIR],
      armCells(spread(1000, 1, 20).map((p99) => ({ p99 }))),
      armCells(spread(2000, 1, 20).map((p99) => ({ p99 }))),
      { margin: 0.02, metrics: ['p99'] },
    );
    const text = renderAb({ ...document, control: differs }, 100, plain);
    expect(text).toContain('⚠ control: A differs from itself in 1 metric');
  });

  it('says that it shows nothing where its blocks are too few', () => {
    const few = analyse([PAIR], armCells([{}, {}]), armCells([{}, {}]), {
      margin: 0.02,
      metrics: ['p99'],
    });
    const text = renderAb({ ...example(), control: few }, 100, plain);
    expect(text).toContain('⚠ control: the blocks are too few to show');
  });
});
