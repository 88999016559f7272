/** What would change a choice, as a tornado: a bar for each axis, the nearest change on top. */
import { scaleLinear } from 'd3-scale';
import type { ChoiceDocument, ChoiceFlip } from '../../bench/choose/document.js';
import { element, escapeXml, GRID, INK, MUTED, shorten, svgDocument, text } from '../charts/svg.js';
import { becomesWords, flipCondition, nearestFlips } from './flip-words.js';
import { axisName, flipValue, loadWords, stackName } from './words.js';

const WIDTH = 960;
const MIDDLE = 580;
const REACH = 250;
const LABEL_RIGHT = 290;
/** Of a character of a label, about. */
const CHARACTER = 6.4;
const TOP = 112;
const ROW = 40;
const BAR = 18;
const MOST_ROWS = 12;

const LESS = '#0072b2';
const MORE = '#d55e00';

/** Shares of change and what they mean. */
const TICKS: readonly (readonly [number, string])[] = [
  [0.5, '½'],
  [0.9, '⅒'],
];

interface Row {
  readonly axis: string;
  readonly now: string;
  readonly down: ChoiceFlip | undefined;
  readonly up: ChoiceFlip | undefined;
}

/** Undefined where nothing that was measured or asked would change it. */
export function tornadoChart(document: ChoiceDocument): string | undefined {
  const rows = rowsOf(document).slice(0, MOST_ROWS);
  if (rows.length === 0) return undefined;
  const x = scaleLinear([-1, 1], [MIDDLE - REACH, MIDDLE + REACH]);
  const bottom = TOP + rows.length * ROW;
  const chosen = stackName(document.stacks[document.answer.stacks[0]!]!);
  return svgDocument({
    width: WIDTH,
    height: bottom + 58,
    title: `What would change the choice of ${chosen}`,
    subtitle: `Shorter bars are nearer: how far a value has to fall or grow. ${loadWords(document)}`,
    description: nearestFlips(document)
      .map((flip) => `${flipCondition(flip)}: ${becomesWords(document, flip)}`)
      .join('; '),
    body: [
      ...grid(x, bottom),
      ...rows.flatMap((row, i) => drawRow(document, row, TOP + i * ROW, x)),
      text(MIDDLE - REACH, bottom + 40, '◀ less', { fill: LESS, 'font-size': 12 }),
      text(MIDDLE + REACH, bottom + 40, 'more ▶', {
        ...{ fill: MORE, 'font-size': 12, 'text-anchor': 'end' },
      }),
    ],
  });
}

function rowsOf(document: ChoiceDocument): Row[] {
  const flips = nearestFlips(document);
  const names = [...new Set(flips.map(axisName))];
  return names.map((axis): Row => {
    const own = flips.filter((flip) => axisName(flip) === axis);
    return {
      axis,
      now: flipValue(own[0]!, own[0]!.now),
      down: own.find(({ direction }) => direction === 'down'),
      up: own.find(({ direction }) => direction === 'up'),
    };
  });
}

type Scale = (value: number) => number;

function grid(x: Scale, bottom: number): string[] {
  const line = (at: number, colour: string): string =>
    element('line', { x1: at, x2: at, y1: TOP - 10, y2: bottom, stroke: colour });
  const label = (at: number, content: string): string =>
    text(at, bottom + 20, content, { fill: MUTED, 'font-size': 12, 'text-anchor': 'middle' });
  return [
    line(x(0), MUTED),
    label(x(0), 'as it is'),
    ...TICKS.flatMap(([share, part]) => [
      line(x(-share), GRID),
      label(x(-share), `× ${part}`),
      line(x(share), GRID),
      label(x(share), share === 0.5 ? '× 2' : '× 10'),
    ]),
  ];
}

function drawRow(
  document: ChoiceDocument,
  { axis, now, down, up }: Row,
  top: number,
  x: Scale,
): string[] {
  return [
    element(
      'g',
      {},
      [
        element('title', {}, escapeXml(axisName(down ?? up!))),
        text(LABEL_RIGHT, top + 8, shorten(axis, 42), { 'text-anchor': 'end' }),
        text(LABEL_RIGHT, top + 24, `now ${now}`, {
          ...{ 'text-anchor': 'end', fill: MUTED, 'font-size': 12 },
        }),
      ].join(''),
    ),
    ...(down === undefined ? [] : [bar(document, down, -1, top, x)]),
    ...(up === undefined ? [] : [bar(document, up, 1, top, x)]),
  ];
}

/** Hollow where the change was interpolated, or only lies between two cells. */
function bar(
  document: ChoiceDocument,
  flip: ChoiceFlip,
  sign: -1 | 1,
  top: number,
  x: Scale,
): string {
  const to = x(sign * Math.min(1, flip.distance!));
  const colour = sign < 0 ? LESS : MORE;
  const isExact = flip.kind === 'exact';
  const value = flipValue(flip, flip.at ?? (sign < 0 ? flip.high! : flip.low!));
  const label = `${flip.kind === 'interpolated' ? '≈ ' : flip.kind === 'between' ? '› ' : ''}${value} → ${flip.becomes === null ? 'nothing meets all' : shorten(becomesWords(document, flip), 24)}`;
  const { at, anchor } = labelPlace(label.length * CHARACTER, to, x(0), sign);
  return [
    element('rect', {
      x: Math.min(x(0), to),
      y: top,
      width: Math.max(2, Math.abs(to - x(0))),
      height: BAR,
      fill: colour,
      'fill-opacity': isExact ? '0.35' : '0.14',
      stroke: colour,
      ...(isExact ? {} : { 'stroke-dasharray': '4 3' }),
    }),
    text(at, top + BAR / 2 + 4, label, {
      ...{ 'text-anchor': anchor, 'font-size': 12, fill: INK },
    }),
  ].join('');
}

/** In the bar, beside its end, or where neither has room on the other half of the row. */
function labelPlace(
  width: number,
  to: number,
  middle: number,
  sign: -1 | 1,
): { readonly at: number; readonly anchor: string } {
  if (Math.abs(to - middle) > width + 8) return { at: (middle + to) / 2, anchor: 'middle' };
  const hasRoom = sign > 0 || to - 12 - width > LABEL_RIGHT;
  if (!hasRoom) return { at: middle + 6, anchor: 'start' };
  return { at: to + sign * 6, anchor: sign < 0 ? 'end' : 'start' };
}
