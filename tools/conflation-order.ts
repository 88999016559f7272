/**
 * What the order within a conflated pass is worth: keys in the order of their last change, as the
 * lab sends them, against that of their first change. A fluid model: messages at a steady rate, a
 * link that carries fewer, a pass as soon as the one before is through. Of what a subscriber holds
 * of each key it prints the age, and for how long it has been out of date.
 *
 *     npm run bench:conflation-order
 */
import { Random, seedState } from '../src/random.js';

interface Load {
  readonly keys: number;
  /** Messages/s published, and that the link carries. */
  readonly rate: number;
  readonly carried: number;
  /** Key i is i times as rare as the first; else all are alike. */
  readonly zipf: boolean;
}

const LOADS: readonly Load[] = [
  { keys: 5, rate: 2_000, carried: 700, zipf: false },
  { keys: 100, rate: 2_000, carried: 700, zipf: false },
  { keys: 100, rate: 2_000, carried: 700, zipf: true },
  { keys: 1_000, rate: 2_000, carried: 700, zipf: false },
  { keys: 1_000, rate: 2_000, carried: 700, zipf: true },
  { keys: 1_000, rate: 5_000, carried: 700, zipf: true },
];
const SECONDS = 60;
const SETTLE_S = 5;
const SAMPLE_S = 0.01;

interface Delivery {
  readonly at: number;
  readonly key: number;
  /** Which message. */
  readonly message: number;
}

/** The key of each message. */
function feedOf({ keys, rate, zipf }: Load): Int32Array {
  const random = new Random(seedState(1, 0));
  const weights = Array.from({ length: keys }, (_, i) => (zipf ? 1 / (i + 1) : 1));
  const all = weights.reduce((sum, one) => sum + one, 0);
  return Int32Array.from({ length: rate * SECONDS }, () => {
    let left = (random.nextUint32() / 2 ** 32) * all;
    let key = 0;
    while (key < keys - 1 && left >= weights[key]!) left -= weights[key++]!;
    return key;
  });
}

function deliveriesOf({ rate, carried }: Load, feed: Int32Array, byFirst: boolean): Delivery[] {
  const deliveries: Delivery[] = [];
  let time = 0;
  for (let from = 0; from < feed.length && time < SECONDS; ) {
    time = Math.max(time, (from + 1) / rate);
    const to = Math.min(feed.length, Math.floor(time * rate));
    const first = new Map<number, number>();
    const last = new Map<number, number>();
    for (let i = from; i < to; i++) {
      if (!first.has(feed[i]!)) first.set(feed[i]!, i);
      last.set(feed[i]!, i);
    }
    const order = byFirst ? first : last;
    for (const key of [...last.keys()].sort((a, b) => order.get(a)! - order.get(b)!)) {
      time += 1 / carried;
      deliveries.push({ at: time, key, message: last.get(key)! });
    }
    from = to;
  }
  return deliveries;
}

/** Ages, and times out of date, of all keys at every time of sampling; s. */
function sampled({ keys, rate }: Load, feed: Int32Array, deliveries: readonly Delivery[]) {
  const changes = Array.from({ length: keys }, (): number[] => []);
  for (const [i, key] of feed.entries()) changes[key]!.push(i);
  const next = new Int32Array(keys);
  const held = new Int32Array(keys).fill(-1);
  const ages: number[] = [];
  const outdated: number[] = [];
  let delivered = 0;
  for (let now = SETTLE_S; now < SECONDS - SETTLE_S; now += SAMPLE_S) {
    for (; (deliveries[delivered]?.at ?? SECONDS) <= now; delivered++) {
      const { key, message } = deliveries[delivered]!;
      held[key] = message;
    }
    for (let key = 0; key < keys; key++) {
      if (held[key]! < 0) continue;
      ages.push(now - held[key]! / rate);
      while ((changes[key]![next[key]!] ?? feed.length) <= held[key]!) next[key]! += 1;
      const change = changes[key]![next[key]!] ?? feed.length;
      outdated.push(Math.max(0, now - change / rate));
    }
  }
  return { ages, outdated };
}

function figures(title: string, seconds: readonly number[]): string {
  const sorted = Float64Array.from(seconds).sort();
  const ms = (value: number): string => `${Math.round(value * 1_000)} ms`;
  const at = (share: number): string => ms(sorted[Math.floor(share * (sorted.length - 1))]!);
  const mean = ms(sorted.reduce((sum, one) => sum + one, 0) / sorted.length);
  return `${title} p50 ${at(0.5)}, p99 ${at(0.99)}, mean ${mean}`;
}

for (const load of LOADS) {
  const feed = feedOf(load);
  const { keys, rate, carried, zipf } = load;
  console.log(`${keys} keys, ${zipf ? 'Zipf' : 'alike'}, ${rate}/s over a link of ${carried}/s`);
  for (const byFirst of [false, true]) {
    const { ages, outdated } = sampled(load, feed, deliveriesOf(load, feed, byFirst));
    const title = byFirst ? 'first change' : 'last change ';
    console.log(`  ${title}: ${figures('age', ages)}; ${figures('out of date', outdated)}`);
  }
}
