/** The curve of a latency distribution on HdrHistogram's percentile axis. */
import { inflateSync } from 'node:zlib';
import { decodeFromCompressedBase64, type Histogram } from 'hdr-histogram-js';
import type { Distribution } from '../../bench/result/result.js';

export interface PercentilePoint {
  /** 1 ÷ (1 − quantile): 2 is the median, 100 is p99. */
  readonly x: number;
  readonly micros: number;
}

/** Points per decade of the axis; the histogram has about as much detail as a pixel. */
const POINTS_PER_DECADE = 40;

/**
 * An encoded latency histogram has a few KB, inflated some 200 at the most. A far larger one is
 * damaged or hostile.
 */
const MOST_HDR_CHARACTERS = 256 * 1024;
const MOST_HDR_BYTES = 1024 * 1024;
/** A histogram allocates its counts by its digits: with three, what the lab writes, 0.5 MB. */
const MOST_DIGITS = 3;
/**
 * In the encoding: a cookie and a length before what is deflated, in which the digits come fourth.
 */
const WRAPPER_BYTES = 8;
const DIGITS_AT = 12;

/**
 * Where the axis may end: a quantile is supported while at least 10 samples lie beyond it, N·(1 −
 * q) ≥ 10.
 */
function supportedUpTo(count: number): number {
  return count / 10;
}

/**
 * The curve from the median to the last supported percentile: from the encoded histogram when it is
 * there and agrees with the printed figures, otherwise from p50 to p99.9 alone. Empty when not even
 * the median is supported.
 */
export function percentileCurve(latency: Distribution): PercentilePoint[] {
  return curveFromHistogram(latency) ?? curveFromFigures(latency);
}

function curveFromFigures({ p50, p90, p99, p999 }: Distribution): PercentilePoint[] {
  const known: [number, number | null][] = [
    [2, p50],
    [10, p90],
    [100, p99],
    [1000, p999],
  ];
  return known.flatMap(([x, micros]) => (micros === null ? [] : [{ x, micros }]));
}

/**
 * The latency at each of these places of the axis, so that several cells share one; null below the
 * median, above what the samples support, and between the printed figures where they are all there
 * is.
 */
export function percentilesAt(latency: Distribution, places: readonly number[]): (number | null)[] {
  const end = supportedUpTo(latency.count);
  const histogram = histogramOf(latency);
  const printed = new Map(curveFromFigures(latency).map(({ x, micros }) => [x, micros]));
  return places.map((x) => {
    if (x < 2 || x > end) return null;
    // What is printed elsewhere on the page is drawn as it is printed.
    return printed.get(x) ?? (histogram === undefined ? null : valueAt(histogram, x));
  });
}

function curveFromHistogram(latency: Distribution): PercentilePoint[] | undefined {
  const histogram = histogramOf(latency);
  if (histogram === undefined) return undefined;
  return axisPositions(supportedUpTo(latency.count)).map((x) => ({
    x,
    micros: valueAt(histogram, x),
  }));
}

function valueAt(histogram: Histogram, x: number): number {
  return histogram.getValueAtPercentile(100 * (1 - 1 / x));
}

/** Undefined where there is none, or none that supports the printed figures. */
function histogramOf({ hdr, count, p50 }: Distribution): Histogram | undefined {
  if (hdr === null || p50 === null || supportedUpTo(count) < 2) return undefined;
  try {
    const histogram = decoded(hdr);
    const agrees = Math.abs(histogram.getValueAtPercentile(50) - p50) <= 1 + p50 * 0.01;
    return histogram.totalCount === count && agrees ? histogram : undefined;
  } catch {
    // A histogram that cannot be read is no reason to lose the chart: the printed percentiles
    // remain.
    return undefined;
  }
}

/** @throws when it is damaged, or would take more memory than a latency histogram of the lab */
function decoded(hdr: string): Histogram {
  if (hdr.length > MOST_HDR_CHARACTERS) throw new RangeError('too long');
  const deflated = Buffer.from(hdr, 'base64').subarray(WRAPPER_BYTES);
  const plain = inflateSync(deflated, { maxOutputLength: MOST_HDR_BYTES });
  if (plain.readInt32BE(DIGITS_AT) > MOST_DIGITS) throw new RangeError('too many digits');
  return decodeFromCompressedBase64(hdr, 64);
}

function axisPositions(end: number): number[] {
  const steps = Math.max(1, Math.ceil(Math.log10(end / 2) * POINTS_PER_DECADE));
  return Array.from({ length: steps + 1 }, (_, i) =>
    i === steps ? end : 2 * (end / 2) ** (i / steps),
  );
}
