/**
 * Attributes of charts as classes of the style sheet: a page is a third smaller, and its charts
 * follow the colour scheme. `page/style.css` has a rule for each class.
 */

/** Colours of the charts, and the name of each in a class. */
const COLOURS: Readonly<Record<string, string>> = {
  '#ffffff': 'w',
  '#1f2328': 'i',
  '#59636e': 'm',
  '#6e7781': 'm',
  '#e4e8ec': 'g',
  '#d0d7de': 'b',
  '#c4cad1': 'b',
  '#8a929a': 'd',
  '#9a6700': 'y',
  '#b42318': 'x',
  '#0072b2': '0',
  '#d55e00': '1',
  '#009e73': '2',
  '#b8478f': '3',
  '#56a0d3': '4',
  '#a67c00': '5',
  '#000000': '6',
  '#7a4bc0': '7',
  none: 'n',
};

/** Class of an attribute; a value that has none stays where it is. */
const VALUES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  fill: Object.fromEntries(Object.entries(COLOURS).map(([value, name]) => [value, `f${name}`])),
  stroke: Object.fromEntries(Object.entries(COLOURS).map(([value, name]) => [value, `s${name}`])),
  'font-size': { '11': 't1', '12': 't2' },
  'font-weight': { '600': 'o' },
  'text-anchor': { end: 'e', middle: 'c' },
  'stroke-linejoin': { round: 'j' },
  'stroke-width': {
    ...{ '1.2': 'k1', '1.4': 'k2', '1.5': 'k3', '1.6': 'k4', '2': 'k5', '2.4': 'k6' },
    ...{ '3': 'k7', '5': 'k8' },
  },
};

/** Every class that a chart may get. */
export const SVG_CLASSES: readonly string[] = [
  ...new Set(Object.values(VALUES).flatMap((classes) => Object.values(classes))),
];

/** @param keepsFills of bars with figures inside, whose inks suit their fills in either scheme */
export function withClasses(svg: string, keepsFills: boolean): string {
  return svg.replaceAll(
    /<(text|line|rect|circle|path)((?: [\w-]+="[^"]*")*)/g,
    (_, name: string, attributes: string) => {
      const classes: string[] = [];
      const others = attributes.replaceAll(
        / ([\w-]+)="([^"]*)"/g,
        (whole, attribute: string, value: string) => {
          const found = VALUES[attribute]?.[value];
          if (found === undefined || isInk(name, attribute, value, keepsFills)) return whole;
          classes.push(found);
          return '';
        },
      );
      const list = classes.length === 0 ? '' : ` class="${classes.join(' ')}"`;
      return `<${name}${list}${others}`;
    },
  );
}

/** A colour that suits the one it stands on. */
function isInk(name: string, attribute: string, value: string, keepsFills: boolean): boolean {
  if (attribute !== 'fill') return false;
  if (name === 'text' && value === '#ffffff') return true;
  return keepsFills && (name === 'rect' ? value !== '#ffffff' : value === '#1f2328');
}
