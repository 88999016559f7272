import { replaceHidden } from '../visible-text.js';

/**
 * SVG as strings. Every number is rounded to a tenth of a pixel and every text is escaped here, so
 * a chart is the same bytes each time and always well-formed, whatever a result's names contain.
 */

export type Attributes = Readonly<Record<string, string | number>>;

/** One element; `children` is SVG already, `undefined` makes the element empty. */
export function element(name: string, attributes: Attributes, children?: string): string {
  const list = Object.entries(attributes).map(([key, value]) => ` ${key}="${attribute(value)}"`);
  const open = `<${name}${list.join('')}`;
  return children === undefined ? `${open}/>` : `${open}>${children}</${name}>`;
}

export function text(x: number, y: number, content: string, attributes: Attributes = {}): string {
  return element('text', { x, y, ...attributes }, escapeXml(content));
}

function attribute(value: string | number): string {
  return typeof value === 'number' ? pixels(value) : escapeXml(value);
}

/** A tenth of a pixel, without a negative zero. */
function pixels(value: number): string {
  const rounded = Math.round(value * 10) / 10;
  return String(rounded === 0 ? 0 : rounded);
}

/**
 * Escapes markup, and drops what XML 1.0 (section 2.2) allows in no form, and whatever else nobody
 * would see.
 */
export function escapeXml(content: string): string {
  return replaceHidden(content, () => ' ')
    .replace(/[\ufffe\uffff]/g, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&apos;');
}

/** Cuts a text that would not fit; the whole of it belongs in a `<title>` beside it. */
export function shorten(content: string, characters: number): string {
  const points = [...content];
  return points.length <= characters ? content : `${points.slice(0, characters - 1).join('')}…`;
}

const FONT = "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', Helvetica, Arial, sans-serif";

interface Chart {
  readonly width: number;
  readonly height: number;
  readonly title: string;
  readonly subtitle: string;
  /** The chart in words, for those who cannot see it. */
  readonly description: string;
  readonly body: readonly string[];
}

/** The document: its own white card, so that it reads the same on a light and a dark page. */
export function svgDocument({ width, height, title, subtitle, description, body }: Chart): string {
  const attributes = {
    xmlns: 'http://www.w3.org/2000/svg',
    viewBox: `0 0 ${width} ${height}`,
    width,
    height,
    role: 'img',
    'aria-labelledby': 'title desc',
    'font-family': FONT,
    'font-size': 13,
    fill: INK,
  };
  const lines = [
    element('title', { id: 'title' }, escapeXml(title)),
    element('desc', { id: 'desc' }, escapeXml(description)),
    element('rect', {
      x: 0.5,
      y: 0.5,
      width: width - 1,
      height: height - 1,
      rx: 8,
      fill: '#ffffff',
      stroke: '#d0d7de',
    }),
    text(24, 36, title, { 'font-size': 19, 'font-weight': 600 }),
    text(24, 58, subtitle, { fill: MUTED }),
    ...body,
  ];
  return `${element('svg', attributes, `\n${lines.join('\n')}\n`)}\n`;
}

export const INK = '#1f2328';
export const MUTED = '#59636e';
export const GRID = '#e4e8ec';
