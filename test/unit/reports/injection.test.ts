import { describe, expect, it } from 'vitest';
import type { LabResult } from '../../../bench/result/result.js';
import { renderRun } from '../../../cli/ui/run/table.js';
import { renderReport } from '../../../reports/markdown/report.js';
import { makeMatrix } from '../../support/result/result-factory.js';

const plain = (_format: unknown, text: string): string => text;

function injected(inject: string | null): LabResult {
  const result = makeMatrix();
  return {
    ...result,
    config: { ...result.config, effective: { ...result.config.effective, inject } },
  };
}

describe('a run into which faults were injected', () => {
  it('says so before any figure, in the report and under the table', () => {
    const { markdown } = renderReport(injected('delay=30ms'));
    expect(markdown.indexOf('**Faults were injected: delay=30ms.**')).toBeGreaterThan(0);
    expect(markdown.indexOf('Faults were injected')).toBeLessThan(markdown.indexOf('## In short'));
    expect(renderRun(injected('delay=30ms'), 100, plain)).toContain(
      'fault   injected on purpose: delay=30ms',
    );
  });

  it('differs in that from one without, which says nothing', () => {
    expect(renderReport(injected(null)).markdown).not.toContain('injected');
    expect(renderRun(injected(null), 100, plain)).not.toContain('injected');
  });
});

describe('the noise floor in a report', () => {
  it('is stated with the load, and left out where it could not be measured', () => {
    const measured = { ...makeMatrix(), noise_floor_us: { p50: 60, p99: 210, max: 1_234 } };
    const { markdown } = renderReport(measured);
    expect(markdown).toContain(
      'Noise floor, before the load: p50 60.0 µs, p99 210 µs, max 1.23 ms.',
    );
    expect(renderReport({ ...measured, noise_floor_us: null }).markdown).not.toContain(
      'Noise floor',
    );
  });
});
