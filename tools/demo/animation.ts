/**
 * A recording as one animated SVG: every screen stands beside the one before, and a strip of them
 * jumps past a window, by CSS alone. Who wants no motion sees the last one.
 */
import { element, escapeXml } from '../../reports/charts/svg.js';
import type { Screen, Span } from './screens.js';

const FONT = "ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace";
const FONT_SIZE = 13;
const COLUMN = 7.83;
const LINE = 18;
const MARGIN = 16;
/** The last screen stays. */
const HOLD_S = 8;
/** Waiting that shows nothing new is cut to this. */
const LONGEST_S = 1.2;
/** The 16 colours of a terminal on dark ground, of which dim ones are mixed with it. */
const COLOURS = [
  '#484f58 #ff7b72 #3fb950 #d29922 #58a6ff #bc8cff #39c5cf #b1bac4',
  '#8b949e #ffa198 #56d364 #e3b341 #79c0ff #d2a8ff #56d4dd #f0f6fc',
].flatMap((row) => row.split(' '));

export interface AnimationOptions {
  readonly columns: number;
  readonly title: string;
  /** What is to be seen, in words. */
  readonly description: string;
}

export function animation(screens: readonly Screen[], options: AnimationOptions): string {
  const { columns, title, description } = options;
  const width = Math.ceil(columns * COLUMN + 2 * MARGIN);
  const tallest = Math.max(...screens.map(({ lines }) => lines.length));
  const height = tallest * LINE + 2 * MARGIN;
  const { starts, seconds } = timesOf(screens);
  const known = new Map<string, string>();
  const strip = screens.map((screen, i) => {
    const lines = screen.lines.map((spans, row) => place(spans, row, known));
    return element('g', { transform: `translate(${i * width} 0)` }, lines.join(''));
  });
  const keys = starts.map(
    (at, i) => `${percent(at / seconds)}{transform:translateX(${-i * width}px)}`,
  );
  const last = -(screens.length - 1) * width;
  const style = [
    `text{font:${FONT_SIZE}px ${FONT};fill:#e6edf3;white-space:pre}`,
    '.b{font-weight:700}.d{opacity:.65}',
    ...COLOURS.map((colour, i) => `.c${i}{fill:${colour}}`),
    `@keyframes play{${keys.join('')}}`,
    `.strip{animation:play ${seconds.toFixed(1)}s steps(1,end) infinite}`,
    `@media (prefers-reduced-motion:reduce){.strip{animation:none;transform:translateX(${last}px)}}`,
  ].join('');
  const lines = [...known].map(([content, id]) => element('g', { id }, content));
  return `${element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      // For renderers that do not know white-space.
      'xml:space': 'preserve',
      viewBox: `0 0 ${width} ${height}`,
      width,
      height,
      role: 'img',
      'aria-label': title,
    },
    [
      element('title', {}, escapeXml(title)),
      element('desc', {}, escapeXml(description)),
      element('style', {}, style),
      element('defs', {}, lines.join('')),
      element('rect', { width, height, rx: 8, fill: '#0d1117' }),
      element('g', { class: 'strip' }, strip.join('\n')),
    ].join('\n'),
  )}\n`;
}

/** When each screen begins, and when it is over. */
function timesOf(screens: readonly Screen[]): { starts: number[]; seconds: number } {
  const starts: number[] = [];
  let at = 0;
  for (const [i, { seconds }] of screens.entries()) {
    const before = screens[i - 1];
    if (before !== undefined) at += Math.min(LONGEST_S, seconds - before.seconds);
    starts.push(at);
  }
  return { starts, seconds: at + HOLD_S };
}

function percent(share: number): string {
  return `${(share * 100).toFixed(2)}%`;
}

/** A line that was shown before is not drawn twice. */
function place(spans: readonly Span[], row: number, known: Map<string, string>): string {
  if (spans.length === 0) return '';
  const content = spans.map(drawn).join('');
  const id = known.get(content) ?? `l${known.size}`;
  known.set(content, id);
  return element('use', { href: `#${id}`, y: row * LINE });
}

function drawn({ column, text, colour, bold, dim }: Span): string {
  const classes = [
    ...(colour === undefined ? [] : [`c${colour}`]),
    ...(bold ? ['b'] : []),
    ...(dim ? ['d'] : []),
  ].join(' ');
  return element(
    'text',
    {
      x: MARGIN + column * COLUMN,
      y: MARGIN + FONT_SIZE,
      // A font of another width must not move what follows.
      textLength: [...text].length * COLUMN,
      ...(classes === '' ? {} : { class: classes }),
    },
    escapeXml(text),
  );
}
