/**
 * `npm run bench:fanout`: the fan-out targets. Rates of the engine are set beside those of bare
 * loops with the same clients and bytes per send, in rounds that take turns (`LAB_FANOUT_ROUNDS`,
 * 5); then whole cells at the offered loads; then many clients; then five minutes of a million
 * deliveries a second to see whether the heap grows (`LAB_FANOUT_HEAP_MS`). `LAB_FANOUT_PARTS`
 * names the parts to be run, separated by commas. Takes about half an hour and wants a quiet
 * machine. Exits 1 when a target is missed.
 */
import Table from 'cli-table3';
import { type Check, note } from './check.js';
import { engineChecks } from './engine-checks.js';
import { heapCheck } from './heap-check.js';
import { floorChecks, loadChecks } from './load-checks.js';
import { receiverChecks } from './receiver-checks.js';
import { scaleChecks } from './scale-checks.js';

const ROUNDS = Number(process.env.LAB_FANOUT_ROUNDS ?? 5);
const HEAP_RUN_MS = Number(process.env.LAB_FANOUT_HEAP_MS ?? 300_000);

const PARTS: Readonly<Record<string, () => Promise<Check[]>>> = {
  engine: () => engineChecks(ROUNDS),
  floor: () => floorChecks(ROUNDS),
  loads: () => loadChecks(ROUNDS),
  receiver: () => receiverChecks(ROUNDS),
  scale: () => scaleChecks(),
  heap: async () => [await heapCheck(HEAP_RUN_MS)],
};

const chosen = process.env.LAB_FANOUT_PARTS?.split(',') ?? Object.keys(PARTS);
const unknown = chosen.filter((name) => PARTS[name] === undefined);
if (unknown.length > 0) {
  note(`no such part: ${unknown.join(', ')}; there are ${Object.keys(PARTS).join(', ')}`);
  process.exit(2);
}
const checks: Check[] = [];
for (const name of chosen) {
  note(name);
  checks.push(...((await PARTS[name]?.()) ?? []));
}
const table = new Table({
  head: ['target', 'value', 'wanted', ''],
  style: { head: [], border: [] },
});
for (const { what, value, target, met } of checks)
  table.push([what, value, target, met ? 'met' : 'MISSED']);
console.log(table.toString());
process.exitCode = checks.every(({ met }) => met) ? 0 : 1;
