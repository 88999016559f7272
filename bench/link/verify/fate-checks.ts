/** Loss, and what else becomes of packets. Pure. */
import { binomialRange } from '../../../src/stats/count-range.js';
import { conditionalLoss, expectedLosses, lossRange, meanBurst } from '../closed-forms.js';
import { FATE } from '../fate.js';
import type { OutageSpec } from '../link-spec.js';
import { CONFIDENCE, checkOf, type LinkCheck } from './check.js';
import { type Evidence, numbers } from './evidence.js';

/** Who leaves so close to the edge of an outage may be on either side of it. */
const EDGE_US = 2_000;

/** Of the spaced packets, which no queue refuses. */
export function fateChecks(evidence: Evidence): LinkCheck[] {
  const { spec, spaced, copies, predicted } = evidence;
  const { duplicate } = spec;
  const arrived = numbers(0, spaced, (i) => copies[i]! > 0);
  const twice = arrived.filter((i) => copies[i]! > 1).length;
  const decided = predicted.reduce((sum, one) => sum + one.copies + one.harmed, 0);
  return [
    ...lossChecks(evidence),
    ...shareChecks(evidence, 'duplicated', duplicate, arrived.length, twice),
    ...shareChecks(evidence, 'corrupted', spec.corrupt, decided, evidence.harmed),
    sameFateCheck(evidence),
  ];
}

function lossChecks(evidence: Evidence): LinkCheck[] {
  const { direction, spec, before, spaced, copies, predicted } = evidence;
  const { loss } = spec;
  // An outage takes some that the loss would not, and a harmed packet is lost by itself.
  const judged = numbers(0, spaced, (i) => {
    const { fate, harmed } = predicted[i]!;
    return fate !== FATE.outage && fate !== FATE.overflow && harmed === 0;
  });
  const count = judged.length;
  if (count === 0 || (loss.kind !== 'random' && count < spaced)) return [];
  const lost = new Set(judged.filter((i) => copies[i] === 0));
  const upTo = (n: number): number => expectedLosses(loss, n);
  const expected = upTo(before + count) - upTo(before);
  const range =
    loss.kind === 'random' ? lossRange(loss, count, CONFIDENCE) : { low: expected, high: expected };
  const all = checkOf({
    direction,
    what: 'loss',
    unit: 'share',
    requested: expected / count,
    achieved: lost.size / count,
    low: range.low / count,
    high: range.high / count,
  });
  // Where all are lost, they are so for ever.
  if (loss.kind !== 'random' || loss.ratio === 0 || loss.ratio === 1) return [all];
  const known = new Set(judged);
  const first = [...lost].filter((i) => known.has(i + 1));
  if (first.length === 0) return [all];
  const again = first.filter((i) => lost.has(i + 1)).length;
  const chance = conditionalLoss(loss);
  const { low, high } = binomialRange(first.length, chance, CONFIDENCE);
  const share = (n: number): number => n / first.length;
  const burst = (n: number): number | null => (n === first.length ? null : 1 / (1 - share(n)));
  return [
    all,
    checkOf({
      direction,
      what: 'loss after a loss',
      unit: 'share',
      requested: chance,
      achieved: share(again),
      low: share(low),
      high: share(high),
    }),
    checkOf({
      direction,
      what: 'mean burst',
      unit: 'packets',
      requested: meanBurst(loss),
      achieved: burst(again),
      low: burst(low),
      high: burst(high),
    }),
  ];
}

/** Nothing is said where nothing was asked for, and nothing seen. */
function shareChecks(
  { direction }: Evidence,
  what: string,
  requested: number,
  of: number,
  count: number,
): LinkCheck[] {
  if (of === 0 || (requested === 0 && count === 0)) return [];
  const { low, high } = binomialRange(of, requested, CONFIDENCE);
  const [achieved, least, most] = [count / of, low / of, high / of];
  return [checkOf({ direction, what, unit: 'share', requested, achieved, low: least, high: most })];
}

/** Packet by packet, by its number: seed and number decide. */
function sameFateCheck(evidence: Evidence): LinkCheck {
  const { direction, spec, spaced, copies, predicted, sentAt, startedAt } = evidence;
  const other = numbers(0, spaced, (i) => {
    if (predicted[i]!.fate === FATE.overflow) return false;
    if (isAtEdge(spec.outage, sentAt[i]! - startedAt)) return false;
    return copies[i] !== predicted[i]!.copies;
  });
  return checkOf({
    direction,
    what: 'packets of another fate than decided',
    unit: 'packets',
    requested: 0,
    achieved: other.length,
    low: 0,
    high: 0,
  });
}

function isAtEdge(outage: OutageSpec | undefined, at: number): boolean {
  if (outage === undefined) return false;
  const { periodUs, lostUs } = outage;
  const place = at % periodUs;
  const edges = [0, periodUs - lostUs, periodUs];
  return edges.some((edge) => Math.abs(place - edge) <= EDGE_US);
}
