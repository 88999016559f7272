import { describe, expect, it } from 'vitest';
import { localServer } from '../../../bench/result/server.js';
import { renderReport } from '../../../reports/markdown/report.js';
import { labRun } from '../../support/run/lab-run.js';

const DELAY_MS = 30;

describe('a run with an injected delay', () => {
  it.each(['tcp', 'udp'])(
    'over %s has it in every latency and service time, and not in the lag',
    async (transport) => {
      const result = await labRun({ transports: [transport], inject: { delayMs: DELAY_MS } });
      const [cell] = result.cells;
      // It is the least that a message takes; how much more is the machine's business.
      expect(cell!.service_us.min).toBeGreaterThanOrEqual(DELAY_MS * 1_000);
      expect(cell!.latency_us.min).toBeGreaterThanOrEqual(DELAY_MS * 1_000);
      expect(localServer(cell!)?.schedule_lag_us.min).toBeLessThan(DELAY_MS * 1_000);
      // All is published although the line holds messages when the publisher is done.
      expect(cell!).toMatchObject({ published: 100, delivered: 1_000, lost: 0 });
      expect(result.config.effective.inject).toBe('delay=30ms');
      expect(renderReport(result).markdown).toContain('**Faults were injected: delay=30ms.**');
    },
  );

  it('and one without: nothing is said, and a noise floor is measured for both', async () => {
    const result = await labRun({ durationsMs: [200], baselines: true });
    expect(result.config.effective.inject).toBeNull();
    expect(renderReport(result).markdown).not.toContain('Faults were injected');
    expect(result.noise_floor_us!.p50).toBeLessThanOrEqual(result.noise_floor_us!.p99);
  });
});
