/** What probes see of a link, computed: asked for one thing, it may do another. */
import type { LinkSpec } from '../../../bench/link/link-spec.js';
import { createClientLink } from '../../../bench/link/model/model.js';
import { parseLink } from '../../../bench/link/spec/parse.js';
import { type Evidence, evidenceOf } from '../../../bench/link/verify/evidence.js';
import { judge, type Verification } from '../../../bench/link/verify/judge.js';
import { type Direction, probePlan } from '../../../bench/link/verify/plan.js';
import { predict } from '../../../bench/link/verify/predict.js';

export interface Seen {
  readonly asked: string;
  /** What it does; default: as asked. */
  readonly done?: string;
  readonly seed?: number;
  /** Seed by which it decides; default: the same. */
  readonly doneSeed?: number;
  /** So late is every packet, µs. */
  readonly lateUs?: number;
}

const STARTED_AT = 1e9;
const FIRST_AT = STARTED_AT + 5_000;
const PROBE = 3;

export function specOf(text: string): LinkSpec {
  return parseLink('link', text, () => ({ atUs: [0, 1_000, 4_000], sha256: '' }));
}

export function verificationOf(seen: Seen): Verification {
  return judge(evidence(seen, 'up'), evidence(seen, 'down'));
}

function evidence(
  { asked, done = asked, seed = 1, doneSeed = seed, lateUs = 80 }: Seen,
  direction: Direction,
): Evidence {
  const link = specOf(asked);
  const plan = probePlan(link, direction);
  const sentAt: number[] = [];
  for (const train of [plan.spaced, ...(plan.fill === undefined ? [] : [plan.fill])])
    for (let i = 0; i < train.count; i++) sentAt.push((sentAt.at(-1) ?? FIRST_AT) + train.everyUs);
  const at = Float64Array.from(sentAt);
  const bytes = (i: number): number =>
    i < plan.spaced.count ? plan.spaced.bytes : (plan.fill?.bytes ?? 0);
  const real = createClientLink(specOf(done), doneSeed, PROBE)[direction];
  const fates = predict(real, at, bytes, STARTED_AT);
  const arrivals = fates.flatMap(({ copies, arrivesAt }, number) =>
    Array.from({ length: copies }, () => ({ number, at: arrivesAt + lateUs })),
  );
  return evidenceOf({
    link,
    direction,
    plan,
    before: 0,
    sent: { at, spaced: plan.spaced.count },
    received: {
      numbers: Uint32Array.from(arrivals, ({ number }) => number),
      at: Float64Array.from(arrivals, (one) => one.at),
      harmed: fates.reduce((sum, { harmed }) => sum + harmed, 0),
    },
    lateness: { p50: 50, p99: 150, max: 400, count: 2_000 },
    startedAt: STARTED_AT,
    model: createClientLink(link, seed, PROBE),
  });
}
