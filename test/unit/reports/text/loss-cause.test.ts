import { describe, expect, it } from 'vitest';
import type { CellResult } from '../../../../bench/result/result.js';
import { lossCause } from '../../../../reports/text/loss-cause.js';
import { makeCell } from '../../../support/result/cell-factory.js';

/** A cell whose ledger has these entries, and lost as many messages as they say. */
function losing(entries: Partial<CellResult['ledger']>): CellResult {
  const cell = makeCell();
  const lost = Object.values(entries).reduce((sum: number, n) => sum + Math.max(0, Number(n)), 0);
  return { ...cell, lost, ledger: { ...cell.ledger, ...entries } };
}

describe('the cause of a loss', () => {
  it('is the account of the ledger that the messages are in', () => {
    const causes = [
      [{ kernel_receive_drops: 5 }, 'socket buffer'],
      [{ network_lost: 5 }, 'network'],
      [{ dropped_by_policy: 5 }, 'policy'],
      [{ conflated: 5 }, 'policy'],
      [{ send_errors: 5 }, 'send error'],
      [{ late: 5 }, 'too late'],
      [{ unattributed: 5 }, 'unknown'],
    ] as const;
    for (const [entries, words] of causes) expect(lossCause([losing(entries)])).toBe(words);
  });

  it('is nothing where nothing was lost, and unknown where nobody tells', () => {
    expect(lossCause([makeCell()])).toBe('');
    expect(lossCause([{ ...losing({}), lost: 3 }])).toBe('unknown');
  });

  it('of several is the two largest with their shares, over all runs together', () => {
    const runs = [losing({ network_lost: 10 }), losing({ kernel_receive_drops: 70, late: 20 })];
    expect(lossCause(runs)).toBe('socket buffer 70 %, too late 20 %, 1 more');
  });

  it('names no other that is below 5 % of it', () => {
    expect(lossCause([losing({ network_lost: 9_600, unattributed: 400 })])).toBe('network');
  });
});
