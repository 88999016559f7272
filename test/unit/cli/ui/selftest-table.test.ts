import { describe, expect, it } from 'vitest';
import type { SelftestResult } from '../../../../bench/selftest/selftest.js';
import { renderSelftest } from '../../../../cli/ui/selftest-table.js';

const plain = (_format: unknown, text: string): string => text;
const RESULT: SelftestResult = {
  schema: 'lab-selftest/v1',
  tool: { name: 'streampulse-lab', version: '0.1.0' },
  seed: 7,
  broken: null,
  passed: true,
  checks: [
    {
      name: 'delay: p50',
      injected: 30_000,
      recovered: 30_010,
      tolerance: 30,
      unit: 'us',
      passed: true,
    },
    {
      name: 'loss: lost',
      injected: 496,
      recovered: 496,
      tolerance: 0,
      unit: 'messages',
      passed: true,
    },
    {
      name: 'jitter: max',
      injected: 2444.506,
      recovered: 2444.506,
      tolerance: 2e-6,
      unit: 'us',
      passed: true,
    },
  ],
  noise_floor_us: { p50: 60, p99: 210, max: 1_234 },
};

describe('the table of lab selftest', () => {
  it('shows each figure beside its truth, then the noise floor, then the outcome', () => {
    expect(`\n${renderSelftest(RESULT, 100, plain)}`).toMatchInlineSnapshot(`
      "
      verdict  figure       injected  recovered  unit      tolerance
      ───────  ───────────  ────────  ─────────  ────────  ─────────
      ✔ pass   delay: p50     30,000     30,010  µs             ± 30
      ✔ pass   loss: lost        496        496  messages      exact
      ✔ pass   jitter: max   2444.51    2444.51  µs            exact

      floor   p50 60.0 µs, p99 210 µs, max 1.23 ms: latency of a path without delay
      seed    7

      ✔ all 3 figures recovered within tolerance
      "
    `);
  });

  it('says what was not recovered, and that the instrument was broken on purpose', () => {
    const [first, second, third] = RESULT.checks;
    const checks = [
      first!,
      { ...second!, recovered: 448, passed: false },
      { ...third!, recovered: null, passed: false },
    ];
    const broken = { ...RESULT, checks, passed: false, broken: 'forgets', noise_floor_us: null };
    const text = renderSelftest(broken, 100, plain);
    expect(text).toMatch(/✘ fail {3}loss: lost +496 +448/);
    expect(text).toMatch(/✘ fail {3}jitter: max +2444.51 +–/);
    expect(text).toContain('on purpose: the instrument forgets');
    expect(text).toContain('floor   could not be measured here');
    expect(text).toMatch(/✘ 2 of 3 figures not recovered\n$/);
  });

  it('keeps within a narrow terminal', () => {
    const [table = ''] = renderSelftest(RESULT, 50, plain).split('\n\n');
    for (const line of table.split('\n')) expect([...line].length).toBeLessThanOrEqual(50);
  });
});
