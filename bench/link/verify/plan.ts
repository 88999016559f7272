/** What is sent through one direction of a link to see what it does. Pure. */
import { meanBitsPerSecond, serialisationUs } from '../closed-forms.js';
import {
  type DirectionSpec,
  FULL_PACKET_BYTES,
  type LinkSpec,
  type RateSpec,
} from '../link-spec.js';

export type Direction = 'up' | 'down';

/** Packets of one size, IP header included, one every so many µs. */
export interface PacketTrain {
  readonly bytes: number;
  readonly count: number;
  readonly everyUs: number;
}

export interface ProbePlan {
  /** So far apart that none waits for another: delay, loss, and what else becomes of each. */
  readonly spaced: PacketTrain;
  /** Then more than the rate carries; undefined = it is not limited. */
  readonly fill: PacketTrain | undefined;
  /** So long after the last one all have arrived that do. */
  readonly drainUs: number;
}

const SPACED_US = 600_000;
const SPACED_BYTES = 100;
const LEAST_SPACED = 3;
const CLOSEST_US = 500;
/** Packets that are held up by the jitter of those before are not waited for any longer. */
const MOST_JITTER_SPACE_US = 20_000;
/** A packet may be read late: it must not meet the one before it. */
const SPACE = 1.5;

const FILL_US = 400_000;
const FILL_PACKETS = 12;
const LEAST_FILL = 6;
const MOST_FILL = 4_000;
/** What can be sent beside the other direction, and leave the emulator time. */
const FASTEST_US = 80;
const EXCESS = 1.3;

/** Headers of IP and UDP, and the number of the packet with what else there is. */
const LEAST_BYTES = 44;
/** A packet that takes longer is made as small as can be. */
const SLOW_US = 20_000;
const MARGIN_US = 100_000;

/** Queues of a rate that a packet passes, in this order. */
export function ratesOf(link: LinkSpec, direction: Direction): RateSpec[] {
  const { rate } = link[direction];
  const all = direction === 'down' ? [link.uplink, rate] : [rate];
  return all.filter((one) => one !== undefined);
}

/** Bits a second that pass; undefined = as many as there are. */
export function bottleneck(rates: readonly RateSpec[]): number | undefined {
  if (rates.length === 0) return undefined;
  return Math.min(...rates.map(({ capacity }) => meanBitsPerSecond(capacity)));
}

/** Of one packet that meets no other, µs. */
export function totalSerialisationUs(rates: readonly RateSpec[], bytes: number): number {
  return rates.reduce((sum, { capacity }) => sum + serialisationUs(bytes, capacity), 0);
}

export function probePlan(link: LinkSpec, direction: Direction): ProbePlan {
  const rates = ratesOf(link, direction);
  const spaced = spacedTrain(link[direction], rates);
  const rate = bottleneck(rates);
  const fill = rate === undefined ? undefined : fillTrain(rate);
  const { delayUs, jitterUs, reorderUs } = link[direction];
  const last = fill ?? spaced;
  const backlog = fill === undefined ? 0 : fill.count * fill.everyUs * (EXCESS - 1);
  const waits = backlog + 2 * totalSerialisationUs(rates, last.bytes);
  return { spaced, fill, drainUs: delayUs + jitterUs + reorderUs + waits + MARGIN_US };
}

function spacedTrain({ jitterUs }: DirectionSpec, rates: readonly RateSpec[]): PacketTrain {
  const isSlow = totalSerialisationUs(rates, SPACED_BYTES) > SLOW_US;
  const bytes = isSlow ? LEAST_BYTES : SPACED_BYTES;
  const everyUs = Math.max(
    CLOSEST_US,
    SPACE * totalSerialisationUs(rates, bytes),
    Math.min(MOST_JITTER_SPACE_US, 2 * jitterUs),
  );
  return { bytes, everyUs, count: Math.max(LEAST_SPACED, Math.floor(SPACED_US / everyUs)) };
}

function fillTrain(bitsPerSecond: number): PacketTrain {
  const carried = (bitsPerSecond * FILL_US) / 8e6;
  const fair = Math.floor(carried / FILL_PACKETS);
  const bytes = Math.min(FULL_PACKET_BYTES, Math.max(LEAST_BYTES, fair));
  const everyUs = Math.max(FASTEST_US, (bytes * 8e6) / bitsPerSecond / EXCESS);
  const count = Math.ceil(FILL_US / everyUs);
  return { bytes, everyUs, count: Math.min(MOST_FILL, Math.max(LEAST_FILL, count)) };
}
