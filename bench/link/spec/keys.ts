/** What a part of a link's spec may be called, how its value is read, and its canonical text. */
import {
  bitRateText,
  bytesText,
  microsText,
  percentText,
} from '../../../src/options/value-text.js';
import {
  badValue,
  parseBitRate,
  parseBytes,
  parseFactor,
  parseInteger,
  parseMicros,
  parsePercent,
} from '../../../src/options/values.js';
import { FULL_PACKET_BYTES, type LossSpec, type OutageSpec, type QueueSpec } from '../link-spec.js';

const SECOND = 1_000_000;
/** Zero, or at least 0.000001 %, far above what a draw of 32 bits can tell. */
const SMALLEST_SHARE = 1e-8;
const MOST_LISTED = 1_000;
const HIGHEST_PACKET = 1_000_000_000;

const micros = { min: 0, max: 10 * SECOND };
const shares = { min: 0, max: 1 };
const rates = { min: 1_000, max: 100_000_000_000 };
const bursts = { min: 1, max: 1_000 };
const packets = { min: 1, max: HIGHEST_PACKET };
const queueBytes = { min: FULL_PACKET_BYTES, max: 2 ** 30 };
const queuePackets = { min: 1, max: 1_000_000 };
const queueMicros = { min: 1, max: 60 * SECOND };
const outages = { min: 1, max: 3_600 * SECOND };

/** Microseconds. @throws LAB_ERR_BAD_VALUE */
export const readMicros = (label: string, text: string): number => parseMicros(label, text, micros);

/** Bits a second. @throws LAB_ERR_BAD_VALUE */
export const readRate = (label: string, text: string): number => parseBitRate(label, text, rates);

/** Mean losses in a row. @throws LAB_ERR_BAD_VALUE */
export const readBurst = (label: string, text: string): number => parseFactor(label, text, bursts);

/** @throws LAB_ERR_BAD_VALUE */
export function readShare(label: string, text: string): number {
  const share = parsePercent(label, text, shares);
  const isKept = share === 0 || share >= SMALLEST_SHARE;
  if (isKept && parsePercent(label, percentText(share), shares) === share) return share;
  const hint = 'write 0%, or from 0.000001% to 100% with at most 12 digits';
  throw badValue(label, text, 'is finer than can be kept', hint);
}

/** The burst, which has a key of its own, is left open. @throws LAB_ERR_BAD_VALUE */
export function readLoss(label: string, text: string): LossSpec {
  const [, kind = '', rest = ''] = /^(every|list):(.*)$/s.exec(text) ?? [];
  if (kind === 'every') {
    return { kind, every: parseInteger(label, rest, { ...packets, min: 2 }) };
  }
  if (kind === '') return { kind: 'random', ratio: readShare(label, text), burst: undefined };
  const listed = rest.split(',');
  if (listed.length > MOST_LISTED)
    throw badValue(label, text, 'lists too many packets', `at most ${MOST_LISTED}`);
  const numbers = listed.map((item) => parseInteger(label, item, packets));
  if (numbers.some((number, i) => i > 0 && number <= numbers[i - 1]!)) {
    throw badValue(label, text, 'is not ascending', 'name each packet once, in order: list:2,3,4');
  }
  return { kind: 'list', packets: numbers };
}

/** @throws LAB_ERR_BAD_VALUE */
export function readOutage(label: string, text: string): OutageSpec {
  const [, lost, period] = /^([^/]*)\/([^/]*)$/.exec(text) ?? [];
  if (lost === undefined || period === undefined) {
    throw badValue(label, text, 'is not an outage', 'write how long and how often: 2s/7s');
  }
  const lostUs = parseMicros(label, lost, outages);
  const periodUs = parseMicros(label, period, outages);
  if (lostUs < periodUs) return { lostUs, periodUs };
  const hint = 'the first time is lost, the second is from one outage to the next: 2s/7s';
  throw badValue(label, text, 'leaves no time in which anything passes', hint);
}

/** @throws LAB_ERR_BAD_VALUE */
export function readQueue(label: string, text: string): QueueSpec {
  if (/^\d+p$/.test(text)) {
    return { unit: 'packets', limit: parseInteger(label, text.slice(0, -1), queuePackets) };
  }
  if (/^\d+[kM]?$/.test(text)) return { unit: 'bytes', limit: parseBytes(label, text, queueBytes) };
  if (/^\d+(h|m|s|ms|us)/.test(text))
    return { unit: 'us', limit: parseMicros(label, text, queueMicros) };
  const hint = 'write a time, bytes or packets: 200ms, 64k, 100p';
  throw badValue(label, text, 'is not the limit of a queue', hint);
}

/** A file as it stands in a spec: what would end its name there is escaped. */
export function fileText(file: string): string {
  return file.replace(/[%,{}]|\/(?=[a-z.]+=)/gi, (char) => encodeURIComponent(char));
}

/** @throws LAB_ERR_BAD_VALUE */
export function readFileName(label: string, text: string): string {
  const hint = 'give a file in the format of mahimahi, with %2C for a comma and %25 for a %';
  if (text === '') throw badValue(label, text, 'names no file', hint);
  try {
    return decodeURIComponent(text);
  } catch {
    throw badValue(label, text, 'holds a % that begins no %XX', hint);
  }
}

export function lossText(loss: LossSpec): string {
  if (loss.kind === 'every') return `every:${loss.every}`;
  return loss.kind === 'list' ? `list:${loss.packets.join(',')}` : percentText(loss.ratio);
}

export function queueText({ unit, limit }: QueueSpec): string {
  if (unit === 'packets') return `${limit}p`;
  return unit === 'bytes' ? bytesText(limit) : microsText(limit);
}

type Canonical = (label: string, text: string) => string;

const share: Canonical = (label, text) => percentText(readShare(label, text));
const time: Canonical = (label, text) => microsText(readMicros(label, text));

/** Each part a direction may have, in canonical order, and how its text becomes canonical. */
export const DIRECTION_KEYS: Readonly<Record<string, Canonical>> = {
  delay: time,
  jitter: time,
  loss: (label, text) => lossText(readLoss(label, text)),
  burst: (label, text) => String(readBurst(label, text)),
  outage: (label, text) => {
    const { lostUs, periodUs } = readOutage(label, text);
    return `${microsText(lostUs)}/${microsText(periodUs)}`;
  },
  dup: share,
  reorder: share,
  hold: time,
  corrupt: share,
  rate: (label, text) => bitRateText(readRate(label, text)),
  trace: (label, text) => fileText(readFileName(label, text)),
  queue: (label, text) => queueText(readQueue(label, text)),
};

/** Of the server: not of a direction. */
export const UPLINK_KEYS: Readonly<Record<string, Canonical>> = {
  uplink: DIRECTION_KEYS.rate!,
  'uplink.queue': DIRECTION_KEYS.queue!,
};
