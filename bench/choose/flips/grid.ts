/** The axes of what was measured: loss and delay of each link, rate, clients, size. Pure. */
import type { Option, Rule } from '../decide/pick.js';
import type { Figures } from '../evidence/figures.js';
import { cellOf, isAt, type Selection } from '../evidence/select.js';
import type { Load, MeasuredCell } from '../evidence/stacks.js';
import type { Flip, FlipAxis } from './flip.js';
import { alongLoss, alongRtt, type Place } from './places.js';
import { type GridPoint, walk } from './walk.js';

/** All that was measured, and how to look at it. */
export interface Grid {
  readonly cells: readonly MeasuredCell[];
  readonly places: ReadonlyMap<string, Place>;
  readonly selection: Selection;
  /** The stacks that may be picked, as they are at home. */
  readonly options: readonly Option[];
  /** Medians over the runs of a cell; null where they are not of what the others are of. */
  readonly typical: (cell: MeasuredCell) => Figures | null;
}

/** Flips along every axis on which more was measured than the question asks. */
export function measuredFlips(grid: Grid, rule: Rule): Flip[] {
  const { links, load } = grid.selection;
  const ofLinks = links.flatMap((link, i) => [
    ...flipsOf(rule, 'loss', link, 'share', lossPoints(grid, i)),
    ...flipsOf(rule, 'rtt', link, 'us', rttPoints(grid, i)),
  ]);
  const rate = load.ratePerSecond;
  return [
    ...ofLinks,
    ...(rate === null ? [] : flipsOf(rule, 'rate', '', 'per_s', loadPoints(grid, 'ratePerSecond'))),
    ...flipsOf(rule, 'clients', '', 'clients', loadPoints(grid, 'clients')),
    ...flipsOf(rule, 'size', '', 'bytes', loadPoints(grid, 'sizeBytes')),
  ];
}

interface Points {
  readonly now: number;
  readonly points: readonly GridPoint[];
}

function flipsOf(
  rule: Rule,
  axis: FlipAxis,
  of: string,
  unit: string,
  { now, points }: Points,
): Flip[] {
  if (points.length < 2) return [];
  return walk(points, now, rule).map((found) => ({ axis, of, unit, now, ...found }));
}

function lossPoints(grid: Grid, link: number): Points {
  const name = grid.selection.links[link]!;
  const now = grid.places.get(name)?.loss ?? 0;
  return linkPoints(grid, link, now, alongLoss(grid.places, name));
}

function rttPoints(grid: Grid, link: number): Points {
  const name = grid.selection.links[link]!;
  const now = grid.places.get(name)?.rttMicros ?? 0;
  return linkPoints(grid, link, now, alongRtt(grid.places, name));
}

/** One link of the question is another one; the others stay. */
function linkPoints(
  grid: Grid,
  link: number,
  now: number,
  along: ReadonlyMap<number, string>,
): Points {
  const here = grid.cells.filter((cell) => isAt(cell, grid.selection.load));
  const points = [...along].flatMap(([at, name]): GridPoint[] => {
    if (at === now) return [{ at, options: grid.options }];
    const options = grid.options.map(({ key, byLink }) => {
      const figures = figuresAt(grid, cellOf(here, key, name));
      if (figures === null) return null;
      return { key, byLink: byLink.map((own, i) => (i === link ? figures : own)) };
    });
    return complete(at, options);
  });
  return { now, points: ascending(points) };
}

/** One dimension of the load is another one, behind all links. */
function loadPoints(grid: Grid, name: keyof Load): Points {
  const { load, links } = grid.selection;
  const loads = new Map<number, Load>();
  for (const { load: other } of grid.cells) {
    const isAlike = (Object.keys(load) as (keyof Load)[]).every(
      (key) => key === name || other[key] === load[key],
    );
    const at = other[name];
    if (isAlike && at !== null) loads.set(at, other);
  }
  const points = [...loads].flatMap(([at, other]): GridPoint[] => {
    if (at === load[name]) return [{ at, options: grid.options }];
    const there = grid.cells.filter((cell) => isAt(cell, other));
    const options = grid.options.map(({ key }) => {
      const found = links.map((link) => figuresAt(grid, cellOf(there, key, link)));
      const byLink = found.filter((figures) => figures !== null);
      return byLink.length === found.length ? { key, byLink } : null;
    });
    return complete(at, options);
  });
  return { now: load[name] ?? 0, points: ascending(points) };
}

function figuresAt({ typical }: Grid, cell: MeasuredCell | null): Figures | null {
  return cell === null || cell.runs.length === 0 ? null : typical(cell);
}

/** A place at which a stack is missing would make another one the best for want of rivals. */
function complete(at: number, options: readonly (Option | null)[]): GridPoint[] {
  const known = options.filter((option) => option !== null);
  return known.length === options.length ? [{ at, options: known }] : [];
}

function ascending(points: readonly GridPoint[]): GridPoint[] {
  return [...points].sort((a, b) => a.at - b.at);
}
