import { Checks, type SelftestCheck } from '../check.js';
import type { FaultInjection } from '../fault-injection.js';
import { chance, type Faults, type Packet } from '../faults.js';
import { messagesIn } from '../truth.js';
import { runVirtualCell } from '../virtual-cell.js';

const LOAD = { clients: 8, durationMs: 4_000, sizeBytes: 96 };
/** Where the padding of a value begins in the bytes of a message, whatever the codec. */
const PADDING = Buffer.from('pad');
/** From there into the padding: behind the name and the punctuation or length that follows it. */
const INTO_PADDING = 12;

const ARRIVES = { arrivals: [0] };

/** One bit of the value's padding is wrong: the message is as well-formed as before. */
const wrongContent: Faults = (packet, random) =>
  chance(random, 0.5)
    ? { arrivals: [0], bytes: flipped(packet, packet.bytes.lastIndexOf(PADDING) + INTO_PADDING) }
    : ARRIVES;

/** The first byte is wrong: no message begins with it. */
const wrongForm: Faults = (packet, random) =>
  chance(random, 0.01) ? { arrivals: [0], bytes: flipped(packet, 0) } : ARRIVES;

/**
 * Wrong content must be found in every message that is looked at, and what makes no sense always;
 * both count as lost.
 */
export async function corruptionScenario(
  seed: number,
  injection: FaultInjection,
): Promise<readonly SelftestCheck[]> {
  const checks = new Checks('corruption');
  for (const codec of ['line-json', 'msgpack']) {
    const load = { ...LOAD, seed, codec, faults: wrongContent };
    const { cell, injected, verified } = await runVirtualCell(load, injection);
    const looked = injected.filter(({ client, seq }) => verified(client, seq));
    const wrong = looked.filter(({ corrupted }) => corrupted).length;
    checks.exact(`messages verified (${codec})`, 'messages', looked.length, cell.verified);
    checks.exact(`wrong content found (${codec})`, 'messages', wrong, cell.corrupt);
    checks.exact(`lost to it (${codec})`, 'messages', wrong, cell.lost);
  }
  const { cell, injected } = await runVirtualCell({ ...LOAD, seed, faults: wrongForm }, injection);
  const senseless = injected.filter(({ corrupted }) => corrupted);
  checks.exact('malformed packets', 'packets', senseless.length, cell.corrupt);
  checks.exact('lost to them', 'messages', messagesIn(senseless), cell.lost);
  return checks.all;
}

function flipped({ bytes }: Packet, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] as number) ^ 1;
  return copy;
}
