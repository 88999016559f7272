/** Between which two numbers a count lies that is what it is said to be, with some confidence. */
import type { Interval } from './hodges-lehmann.js';
import { normalUpperQuantile } from './normal.js';
import { checkNumbers, checkShare, checkWhole } from './sample.js';

/** What is this much less likely than the likeliest count adds nothing that a double shows. */
const NEGLIGIBLE = 1e-18;
/** Up to so many bursts their number is summed up, above it is normal. */
const MOST_BURSTS = 500;

/**
 * Of `trials` independent ones with this chance each: the central range of the exact binomial
 * distribution, with at most (1 − confidence) / 2 on either side of it.
 * @throws LAB_ERR_BAD_VALUE
 */
export function binomialRange(trials: number, chance: number, confidence: number): Interval {
  checkTrials(trials, chance, confidence);
  if (chance === 0 || chance === 1) return { low: trials * chance, high: trials * chance };
  // From the likeliest count outwards, so that nothing is too small or too large for a double.
  const odds = chance / (1 - chance);
  const mode = Math.min(trials, Math.floor((trials + 1) * chance));
  const below: number[] = [];
  for (let k = mode, weight = 1; k > 0 && weight > NEGLIGIBLE; k--) {
    weight *= k / ((trials - k + 1) * odds);
    below.push(weight);
  }
  const above: number[] = [];
  for (let k = mode, weight = 1; k < trials && weight > NEGLIGIBLE; k++) {
    weight *= ((trials - k) * odds) / (k + 1);
    above.push(weight);
  }
  return centralRange([...below.reverse(), 1, ...above], mode - below.length, confidence);
}

/**
 * Of losses that come in bursts of a mean length (geometric, as of a Gilbert channel): Pólya–Aeppli,
 * a Poisson number of bursts, for few of them; for many the normal distribution with the variance
 * of the two-state chain, n·p·q·(1 + ρ) / (1 − ρ), ρ = P(stay) − P(start). A binomial range would
 * be too narrow by √(2·burst − 1).
 * @throws LAB_ERR_BAD_VALUE
 */
export function burstRange(
  trials: number,
  chance: number,
  burst: number,
  confidence: number,
): Interval {
  checkTrials(trials, chance, confidence);
  checkNumbers('burst', [burst]);
  if (chance === 0 || chance === 1) return { low: trials * chance, high: trials * chance };
  const bursts = (trials * chance) / burst;
  if (bursts <= MOST_BURSTS) return centralRange(polyaAeppli(bursts, burst, trials), 0, confidence);
  const correlation = 1 - 1 / burst - chance / (1 - chance) / burst;
  const variance = (trials * chance * (1 - chance) * (1 + correlation)) / (1 - correlation);
  const reach = normalUpperQuantile((1 - confidence) / 2) * Math.sqrt(variance) + 0.5;
  const mean = trials * chance;
  return { low: Math.max(0, Math.floor(mean - reach)), high: Math.ceil(mean + reach) };
}

/** P(0), P(1) … as far as they matter. */
function polyaAeppli(bursts: number, burst: number, trials: number): number[] {
  const again = 1 - 1 / burst;
  const mean = bursts * burst;
  const chances = [Math.exp(-bursts)];
  for (let k = 1; k <= trials; k++) {
    const last = (2 * again * (k - 1) + bursts * (1 - again)) * chances[k - 1]!;
    const beforeLast = again ** 2 * (k - 2) * (chances[k - 2] ?? 0);
    const chance = Math.max(0, (last - beforeLast) / k);
    chances.push(chance);
    if (k > mean && chance < NEGLIGIBLE) break;
  }
  return chances;
}

/** `weights` are those of the counts from `first`, up to a common factor. */
function centralRange(weights: readonly number[], first: number, confidence: number): Interval {
  const outside = (weights.reduce((sum, weight) => sum + weight, 0) * (1 - confidence)) / 2;
  let low = 0;
  for (let sum = weights[0]!; sum <= outside; sum += weights[low]!) low += 1;
  let high = weights.length - 1;
  for (let sum = weights[high]!; sum <= outside; sum += weights[high]!) high -= 1;
  return { low: first + low, high: first + high };
}

function checkTrials(trials: number, chance: number, confidence: number): void {
  checkWhole('trials', trials, 0, Number.MAX_SAFE_INTEGER);
  if (chance !== 0 && chance !== 1) checkShare('chance', chance);
  checkShare('confidence', confidence);
}
