/**
 * All transports to 1,000 clients, from the rate of quotes to eight million deliveries a second.
 */

import { cellsOf, deliveryChecks, medianOf, p99Check } from './cells.js';
import { type Check, note } from './check.js';
import { bareFlow } from './trial.js';

const CLIENTS = 1_000;
const SIZE_BYTES = 40;
const LIMIT_MS = 100;
const FLOOR_MS = 3_000;
const QUOTE_RATE = 100;

export async function loadChecks(rounds: number): Promise<Check[]> {
  const groups = await cellsOf({
    transports: ['tcp', 'udp', 'ws'],
    sizesBytes: [64],
    ratesPerSecond: [QUOTE_RATE, 1_000, 4_000, 8_000],
    repeat: rounds,
  });
  return [...groups].flatMap(([name, runs]) => [
    ...deliveryChecks(name, runs),
    p99Check(name, runs, LIMIT_MS),
  ]);
}

/**
 * What a cell over TCP says of the arrival, beside the least that a program in Node can do for the
 * same clients: neither a core nor a codec, and received by the same system calls.
 */
export async function floorChecks(rounds: number): Promise<Check[]> {
  const ratios: { readonly p50: number; readonly p99: number }[] = [];
  const settings = { clients: CLIENTS, sizeBytes: SIZE_BYTES, ratePerSecond: QUOTE_RATE };
  for (let i = 0; i < rounds; i++) {
    note(`floor, round ${i + 1} of ${rounds}`);
    const floor = await bareFlow(settings, FLOOR_MS);
    const [runs = []] = (
      await cellsOf({ transports: ['tcp'], sizesBytes: [64], ratesPerSecond: [QUOTE_RATE] })
    ).values();
    ratios.push({
      p50: medianOf(runs, ({ arrival_us }) => arrival_us?.p50) / (floor.p50Micros ?? Number.NaN),
      p99: medianOf(runs, ({ arrival_us }) => arrival_us?.p99) / (floor.p99Micros ?? Number.NaN),
    });
  }
  return (['p50', 'p99'] as const).map((name) =>
    ratioCheck(
      name,
      ratios.map((one) => one[name]),
    ),
  );
}

function ratioCheck(name: string, ratios: readonly number[]): Check {
  const sorted = [...ratios].sort((a, b) => a - b);
  const value = sorted[sorted.length >> 1] ?? Number.NaN;
  return {
    what: `tcp ${QUOTE_RATE} msg/s: arrival ${name} ÷ that of a bare loop`,
    value: `${value.toFixed(2)} (${sorted[0]?.toFixed(2)} to ${sorted.at(-1)?.toFixed(2)})`,
    target: '≤ 1.5',
    met: value <= 1.5,
  };
}
