/** The points of the chart of seconds: what is drawn of a cell. Pure. */
import type { CellResult, SeriesSecond } from '../../bench/result/result.js';

/** Beyond this many points, seconds are drawn in groups. */
export const MOST_POINTS = 600;

export interface Point {
  /** Start of the group, seconds since the window began. */
  readonly second: number;
  readonly delivered: number;
  readonly expected: number;
  readonly p99: number | null;
}

/**
 * Beyond this share of a cell's deliveries, what came after the window is worth showing: the cell
 * was falling behind.
 */
const LONG_DRAIN = 0.02;

/**
 * The last few messages arrive just after the window: drawn as a second of its own, they would look
 * like a collapse.
 */
export function withoutShortDrain({
  series,
  duration_s,
  delivered,
  incomplete,
}: CellResult): SeriesSecond[] {
  const inWindow = series.filter(({ second }) => second < Math.ceil(duration_s));
  const drained = series.slice(inWindow.length).reduce((sum, second) => sum + second.delivered, 0);
  return incomplete || drained > (delivered ?? 0) * LONG_DRAIN ? series : inWindow;
}

/**
 * Counts are averaged per second; of the percentiles the worst is kept, because percentiles cannot
 * be averaged.
 */
export function grouped(series: readonly SeriesSecond[], joined: number, group: number): Point[] {
  const points: Point[] = [];
  for (let start = 0; start < series.length; start += group) {
    const part = series.slice(start, start + group);
    const tails = part.map((second) => second.p99_us).filter((value) => value !== null);
    points.push({
      second: part[0]!.second,
      delivered: part.reduce((sum, second) => sum + second.delivered, 0) / part.length,
      expected: part.reduce((sum, second) => sum + second.published * joined, 0) / part.length,
      p99: tails.length === 0 ? null : Math.max(...tails),
    });
  }
  return points;
}
