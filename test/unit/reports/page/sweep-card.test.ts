import { describe, expect, it } from 'vitest';
import type { CellResult, LabResult } from '../../../../bench/result/result.js';
import { cardOf } from '../../../../reports/card.js';
import { makeCell } from '../../../support/result/cell-factory.js';
import { makeSweep } from '../../../support/result/loss-sweep.js';
import { makeResult } from '../../../support/result/result-factory.js';

function said(result: LabResult): string[] {
  return cardOf(result).map(({ label, text }) => `${label} ${text}`);
}

describe('the card of a sweep over loads', () => {
  const bad = { code: 'RATE_MISSED', severity: 'INVALID' as const, message: 'm', hint: 'h' };
  const at = (transport: string, rate: number, isValid: boolean): CellResult =>
    makeCell({ transport, clients: 100, rate, ...(isValid ? {} : { reasons: [bad] }) });

  it('says what each held and where it broke', () => {
    const cells = [
      ...[at('tcp', 1_000, true), at('tcp', 10_000, false), at('tcp', 20_000, false)],
      ...[at('udp', 1_000, true), at('udp', 10_000, true), at('udp', 20_000, false)],
    ];
    expect(said(makeResult(cells))).toEqual([
      'CHOOSE udp/line-json for the highest load: 1 M deliveries/s (100 clients × 10,000 msg/s × 128 B)',
      'BECAUSE all runs were VALID there; tcp/line-json held 100,000 deliveries/s',
      'BROKE udp/line-json at 2 M deliveries/s (RATE_MISSED), tcp/line-json at 1 M deliveries/s (RATE_MISSED)',
    ]);
  });

  it('of one pair, or of several that held the same, chooses nobody', () => {
    expect(said(makeResult([at('tcp', 1_000, true), at('tcp', 2_000, true)]))).toEqual([
      'HELD 200,000 deliveries/s (100 clients × 2,000 msg/s × 128 B): tcp/line-json',
      'RUN the command again with a higher --rate or more --clients: nobody broke',
    ]);
    expect(said(makeResult([at('tcp', 1_000, false), at('tcp', 2_000, false)]))).toEqual([
      'HELD nothing: no load was VALID in all runs of any pair',
      'BROKE tcp/line-json at 100,000 deliveries/s (RATE_MISSED)',
      'RUN the command again after this: h',
    ]);
  });
});

describe('the card of a sweep over losses', () => {
  const places = [0, 1, 5].map((loss) => ({ rtt: 10, loss, burst: null }));
  const stacks = [{ transport: 'tcp' }, { transport: 'udp', repair: 'nak' }];

  it('says who has the freshest values at which loss, and where that differs', () => {
    const result = makeSweep(
      places,
      stacks,
      8,
      ({ transport }, { loss }, run) =>
        (loss === 0 ? 100 : transport === 'udp' ? 110 : 100 + 50 * loss) * (1 + 0.002 * run),
    );
    expect(said(result)).toEqual([
      'CHOOSE udp nak at a loss of 1 % and 5 %',
      'BECAUSE its staleness p99 is the lowest: 111 ms at 5 %, next tcp with 352 ms',
      'UNLESS at a loss of 0 % both are alike',
    ]);
  });

  it('asks for runs where there are too few', () => {
    const result = makeSweep(places, stacks, 3, (_, __, run) => 100 + run);
    const card = said(result);
    expect(card[0]).toMatch(/^CANNOT RANK staleness p99: at all 3 links both are not told apart$/);
    expect(card[1]).toMatch(/^RUN `lab run .* --repeat \d+` \(about .*\) to tell the rest$/);
  });
});
