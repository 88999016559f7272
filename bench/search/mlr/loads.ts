/** Which loads there are: whole numbers, by steps of three significant digits. Pure. */

/** Both ends included. */
export interface LoadRange {
  readonly min: number;
  readonly max: number;
  /** Where a search begins. */
  readonly start: number;
}

/** The load between two others on a logarithmic scale; null when there is none. */
export function loadBetween(low: number, high: number): number | null {
  const middle = Math.sqrt(low * high);
  for (const load of [rounded(middle), Math.round(middle)])
    if (load > low && load < high) return load;
  // Two apart from each other: the mean on a logarithmic scale may round to an end.
  return high - low >= 2 ? low + 1 : null;
}

/** A factor larger, or a step where that is no other load. */
export function loadAbove(load: number, factor: number, { max }: LoadRange): number {
  return Math.min(max, Math.max(load + 1, rounded(load * factor)));
}

export function loadBelow(load: number, factor: number, { min }: LoadRange): number {
  return Math.max(min, Math.min(load - 1, rounded(load / factor)));
}

/** Of the upper one. */
export function widthOf(low: number, high: number): number {
  return 1 - low / high;
}

/** Three significant digits, as a number that people read. */
function rounded(load: number): number {
  return Math.round(Number(load.toPrecision(3)));
}
