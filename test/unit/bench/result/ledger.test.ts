import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { balance, UNATTRIBUTED_LIMIT } from '../../../../bench/result/ledger.js';

const none = {
  send_errors: 0,
  dropped_by_policy: 0,
  conflated: 0,
  kernel_receive_drops: 0,
  network_lost: null,
  late: 0,
  subscribers_unbalanced: 0,
};

describe('balance', () => {
  it('whatever the entries, expected = everything accounted for + unattributed', () => {
    const count = fc.nat({ max: 1_000_000 });
    const entries = fc.record({
      published: count,
      joined: fc.nat({ max: 10_000 }),
      expected: count,
      delivered: count,
      send_errors: fc.option(count),
      dropped_by_policy: count,
      conflated: count,
      kernel_receive_drops: fc.option(count),
      network_lost: fc.option(count),
      late: count,
      subscribers_unbalanced: count,
    });
    fc.assert(
      fc.property(entries, (given) => {
        const ledger = balance(given);
        expect(ledger).toMatchObject(given);
        expect(
          ledger.delivered +
            (ledger.send_errors ?? 0) +
            ledger.dropped_by_policy +
            ledger.conflated +
            (ledger.kernel_receive_drops ?? 0) +
            (ledger.network_lost ?? 0) +
            ledger.late +
            ledger.unattributed,
        ).toBe(ledger.expected);
      }),
    );
  });

  it('up to 0.01 % may be unexplained, one more may not, and neither may be counted twice', () => {
    expect(UNATTRIBUTED_LIMIT).toBe(0.0001);
    const balanced = (delivered: number): boolean =>
      balance({ published: 1_000, joined: 100, expected: 100_000, delivered, ...none }).balanced;
    expect([99_990, 99_989, 100_010, 100_011].map(balanced)).toEqual([true, false, true, false]);
  });

  it('with nothing expected only an empty book balances', () => {
    expect(
      balance({ published: 0, joined: 100, expected: 0, delivered: 0, ...none }).balanced,
    ).toBe(true);
    expect(
      balance({ published: 0, joined: 100, expected: 0, delivered: 1, ...none }).balanced,
    ).toBe(false);
  });
});
