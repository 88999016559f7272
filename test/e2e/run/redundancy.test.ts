/** `lab run --repair fec,copy` behind a link that loses in bursts. */
import { describe, expect, it } from 'vitest';
import { DEFAULT_CONFIG } from '../../../bench/config.js';
import type { CellResult } from '../../../bench/result/result.js';
import { whyNoLink } from '../../support/link/link-rig.js';
import { labRun } from '../../support/run/lab-run.js';

const reason = await whyNoLink();
const title = `redundancy behind a link${reason === undefined ? '' : ` (skipped: ${reason})`}`;

describe.skipIf(reason !== undefined)(title, () => {
  it('brings back most of what a link drops in bursts, unasked, and its books are balanced', async () => {
    const result = await labRun({
      ...DEFAULT_CONFIG,
      transports: ['udp'],
      codecs: ['line-json'],
      clients: [40],
      ratesPerSecond: [200],
      durationsMs: [1_500],
      warmupMs: 500,
      links: ['delay=10ms/loss=2%/burst=3'],
      repairs: ['none', 'fec', 'copy'],
    });
    const [none, fec, copy] = result.cells as [CellResult, CellResult, CellResult];
    expect(none).toMatchObject({ server: { repair: 'none' }, repairs: null });
    expect(none.lost).toBeGreaterThan(0);
    for (const [cell, repair] of [
      [fec, 'fec'],
      [copy, 'copy'],
    ] as const) {
      expect(cell).toMatchObject({ server: { repair }, duplicates: 0, corrupt: 0 });
      expect(cell.ledger).toMatchObject({ unattributed: 0, balanced: true });
      expect(cell.ledger.network_lost).toBe(cell.lost);
      expect(cell.lost).toBeLessThan(none.lost!);
      expect(cell.lost).toBeLessThan(cell.link_counts!.dropped_messages! / 2);
      const { naks, sent, repaired, repair_us, redundancy, overhead } = cell.repairs!;
      expect(naks).toBe(0);
      expect(repaired).toBeGreaterThan(0);
      expect(repair_us.max).toBeGreaterThan(0);
      const { received, used, unused } = redundancy!;
      expect(used).toBeGreaterThan(0);
      expect(used + unused).toBeLessThanOrEqual(received);
      // Not all processes begin to count in the same millisecond.
      expect(received).toBeLessThan(1.1 * sent);
      expect(received).toBeGreaterThan(0.8 * sent);
      expect(overhead).toBeLessThan(repair === 'fec' ? 0.35 : 1);
    }
    expect(fec.repairs!.overhead).toBeLessThan(copy.repairs!.overhead!);
  });
});
