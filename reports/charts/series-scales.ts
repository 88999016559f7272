/** The panels of the chart of seconds, and the scales that all rows share. Pure. */

import { scaleLinear, scaleLog } from 'd3-scale';
import { logTicks } from './axes.js';
import type { Point } from './series-points.js';

export const LEFT = { from: 84, to: 456 } as const;
export const RIGHT = { from: 564, to: 936 } as const;
export const PANEL = 84;

export interface Scales {
  readonly left: (second: number) => number;
  readonly right: (second: number) => number;
  readonly rate: (value: number) => number;
  readonly tail: (value: number) => number;
  readonly rateTicks: readonly number[];
  readonly tailTicks: readonly number[];
  readonly seconds: readonly number[];
}

/** Vertical scales map to 0 (top of a panel) … PANEL (bottom). */
export function scalesFor(points: readonly Point[], group: number): Scales {
  const lastSecond = Math.max(1, ...points.map(({ second }) => second + group - 1));
  const rate = scaleLinear(
    [0, Math.max(1, ...points.flatMap((p) => [p.delivered, p.expected])) * 1.05],
    [PANEL, 0],
  );
  const tails = points.map(({ p99 }) => p99).filter((value) => value !== null);
  const tailTicks =
    tails.length === 0 ? [] : logTicks(Math.max(1, Math.min(...tails)), Math.max(1, ...tails));
  const left = scaleLinear([0, lastSecond], [LEFT.from, LEFT.to]);
  return {
    left,
    right: scaleLinear([0, lastSecond], [RIGHT.from, RIGHT.to]),
    rate,
    tail:
      tailTicks.length === 0
        ? () => PANEL
        : scaleLog([tailTicks[0]!, tailTicks.at(-1)!], [PANEL, 0]).clamp(true),
    rateTicks: rate.ticks(3),
    tailTicks: tailTicks.length <= 4 ? tailTicks : thinned(tailTicks),
    seconds: left.ticks(6).filter(Number.isInteger),
  };
}

/** First, last and one in the middle. */
function thinned(ticks: readonly number[]): number[] {
  return [ticks[0]!, ticks[ticks.length >> 1]!, ticks.at(-1)!];
}
