/** Ticks, grid lines and labels that do not overlap. */
import { element, GRID, MUTED, text } from './svg.js';

/**
 * 1-2-5 steps per decade that enclose [low, high]; only the powers of ten once the span is wide.
 */
export function logTicks(low: number, high: number): number[] {
  const steps: number[] = [];
  for (let power = Math.floor(Math.log10(low)) - 1; power <= Math.ceil(Math.log10(high)); power++) {
    for (const digit of [1, 2, 5]) steps.push(Number(`${digit}e${power}`));
  }
  const first = steps.findLastIndex((tick) => tick <= low);
  const last = steps.findIndex((tick) => tick >= high);
  const ticks = steps.slice(first, Math.max(last, first + 1) + 1);
  if (ticks.length <= 9) return ticks;
  return ticks.filter((tick, i) => isPowerOfTen(tick) || i === 0 || i === ticks.length - 1);
}

function isPowerOfTen(value: number): boolean {
  return /^1(e[+-]\d+)?$/.test(value.toExponential().replace('e+0', ''));
}

/** A horizontal grid line with its label left of `x1`. */
export function gridLine(x1: number, x2: number, y: number, label: string): string {
  return [
    element('line', { x1, x2, y1: y, y2: y, stroke: GRID }),
    text(x1 - 8, y + 4, label, { 'text-anchor': 'end', fill: MUTED, 'font-size': 12 }),
  ].join('');
}

/**
 * Moves positions apart until neighbours keep `gap`, staying within [top, bottom] where there is
 * room. Order is kept; returns the new positions in the order given.
 */
export function spreadOut(
  wanted: readonly number[],
  gap: number,
  top: number,
  bottom: number,
): number[] {
  const order = wanted.map((_, i) => i).sort((a, b) => wanted[a]! - wanted[b]! || a - b);
  const placed = [...wanted];
  let floor = top;
  for (const i of order) {
    placed[i] = Math.max(wanted[i]!, floor);
    floor = placed[i]! + gap;
  }
  let ceiling = bottom;
  for (const i of order.reverse()) {
    placed[i] = Math.min(placed[i]!, ceiling);
    ceiling = placed[i]! - gap;
  }
  return placed;
}
