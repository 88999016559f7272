/** One direction of a spec from its parts, and what cannot be. */
import { microsText, percentText } from '../../../src/options/value-text.js';
import { badValue } from '../../../src/options/values.js';
import { meanBitsPerSecond } from '../closed-forms.js';
import {
  type CapacitySpec,
  type DirectionSpec,
  FULL_PACKET_BYTES,
  type LossSpec,
  type QueueSpec,
  type RateSpec,
  type Trace,
} from '../link-spec.js';
import {
  readBurst,
  readFileName,
  readLoss,
  readMicros,
  readOutage,
  readQueue,
  readRate,
  readShare,
} from './keys.js';
import type { Direction, Parts } from './parts.js';

export type ReadTrace = (file: string) => Trace;

/** Without `queue` there is room for one bandwidth-delay product, but at least so many packets. */
const LEAST_PACKETS = 10;
/** What Linux has room for in front of a network card (txqueuelen). */
const UPLINK_PACKETS = 1_000;
/** Without `hold` a packet that is held back waits so long. */
const HOLD_US = 10_000;

/** @throws LAB_ERR_BAD_VALUE that names the part, and what `readTrace` throws */
export function directionSpec(
  flag: string,
  direction: Direction,
  parts: Parts,
  readTrace: ReadTrace,
): DirectionSpec {
  const label = (name: string): string => `${flag} ${direction}.${name}`;
  const read = <T>(name: string, reader: (label: string, text: string) => T): T | undefined => {
    const text = parts.get(`${direction}.${name}`);
    return text === undefined ? undefined : reader(label(name), text);
  };
  const file = read('trace', readFileName);
  const bitsPerSecond = read('rate', readRate);
  const capacity: CapacitySpec | undefined =
    file !== undefined
      ? { kind: 'trace', file, ...readTrace(file) }
      : bitsPerSecond === undefined
        ? undefined
        : { kind: 'constant', bitsPerSecond };
  const reorder = read('reorder', readShare) ?? 0;
  const delayUs = read('delay', readMicros) ?? 0;
  const jitterUs = read('jitter', readMicros) ?? 0;
  if (jitterUs > delayUs) {
    const text = parts.get(`${direction}.jitter`)!;
    const hint = 'packets cannot arrive before they are sent: give a longer delay or less jitter';
    throw badValue(label('jitter'), text, 'is more than the delay', hint);
  }
  return {
    rate:
      capacity && rateSpec(label('queue'), capacity, read('queue', readQueue), roundTripUs(parts)),
    outage: read('outage', readOutage),
    loss: lossSpec(label('burst'), read('loss', readLoss), read('burst', readBurst)),
    delayUs,
    jitterUs,
    duplicate: read('dup', readShare) ?? 0,
    reorder,
    reorderUs: reorder > 0 ? (read('hold', readMicros) ?? HOLD_US) : 0,
    corrupt: read('corrupt', readShare) ?? 0,
  };
}

/** @throws LAB_ERR_BAD_VALUE */
export function uplinkSpec(flag: string, parts: Parts): RateSpec | undefined {
  const rate = parts.get('uplink');
  if (rate === undefined) return undefined;
  const label = `${flag} uplink.queue`;
  const bitsPerSecond = readRate(`${flag} uplink`, rate);
  const queue = readQueue(label, parts.get('uplink.queue') ?? `${UPLINK_PACKETS}p`);
  return rateSpec(label, { kind: 'constant', bitsPerSecond }, queue, 0);
}

function rateSpec(
  label: string,
  capacity: CapacitySpec,
  queue: QueueSpec | undefined,
  roundTrip: number,
): RateSpec {
  const bytesPerMicro = meanBitsPerSecond(capacity) / 8e6;
  const product = Math.ceil(roundTrip * bytesPerMicro);
  const limit = Math.max(LEAST_PACKETS * FULL_PACKET_BYTES, product);
  if (queue === undefined) return { capacity, queue: { unit: 'bytes', limit } };
  if (queue.unit === 'us' && queue.limit * bytesPerMicro < FULL_PACKET_BYTES) {
    const least = Math.ceil(FULL_PACKET_BYTES / bytesPerMicro);
    const hint = `a packet of ${FULL_PACKET_BYTES} bytes takes ${microsText(least)} at this rate`;
    throw badValue(label, microsText(queue.limit), 'has no room for a full packet', hint);
  }
  return { capacity, queue };
}

/**
 * Gilbert: P(start) = p / (1 − p) / L must not be above 1.
 * @throws LAB_ERR_BAD_VALUE
 */
function lossSpec(label: string, loss: LossSpec | undefined, burst: number | undefined): LossSpec {
  if (loss === undefined) return { kind: 'random', ratio: 0, burst: undefined };
  if (loss.kind !== 'random' || burst === undefined) return loss;
  const least = loss.ratio / (1 - loss.ratio);
  // A bound that is met exactly must not fail by rounding.
  if (burst >= least * (1 - 1e-12)) return { ...loss, burst };
  const problem = `is too short for a loss of ${percentText(loss.ratio)}`;
  const hint =
    least === Number.POSITIVE_INFINITY
      ? 'where all is lost there are no bursts'
      : `a share p is lost only if bursts are p / (1 - p) long or more: ${least.toPrecision(6)}`;
  throw badValue(label, String(burst), problem, hint);
}

function roundTripUs(parts: Parts): number {
  const delay = (direction: Direction): number =>
    readMicros('delay', parts.get(`${direction}.delay`) ?? '0');
  return delay('up') + delay('down');
}
