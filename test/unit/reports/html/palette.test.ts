import { describe, expect, it } from 'vitest';
import { PAGE_STYLE } from '../../../../reports/html/page-assets.js';
import { SVG_CLASSES } from '../../../../reports/html/svg-classes.js';
import { renderReport } from '../../../../reports/markdown/report.js';
import { makeMatrix } from '../../../support/result/result-factory.js';

/** WCAG 2.2, relative luminance of sRGB. */
function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one: string, other: string): number {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a) as [
    number,
    number,
  ];
  return (light + 0.05) / (dark + 0.05);
}

const [light, dark] = [...PAGE_STYLE.matchAll(/:root\s*\{([^}]*--page[^}]*)\}/g)].map(
  ([, body = '']) =>
    new Map(
      [...body.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6});/g)].map(([, name, hex]) => [name!, hex!]),
    ),
) as [Map<string, string>, Map<string, string>];

const SCHEMES = { light, dark };
const PAPERS = ['page', 'card', 'soft'];
const LINES = Array.from({ length: 8 }, (_, i) => `s${i}`);
const TEXTS = ['ink', 'muted', 'link', 'suspect', 'invalid', 'valid', 'doubtful', ...LINES];
const SHAPES = ['control', ...Array.from({ length: 8 }, (_, i) => `l${i}`)];

describe('the colours of a page', () => {
  it('are measured as WCAG measures them', () => {
    expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 6);
    // The well-known grey that just passes on white, and the next one that does not.
    expect(contrast('#767676', '#ffffff')).toBeCloseTo(4.54, 2);
    expect(contrast('#777777', '#ffffff')).toBeLessThan(4.5);
  });

  it('are the same roles in light and dark', () => {
    expect([...dark.keys()]).toEqual([...light.keys()]);
    expect([...TEXTS, ...SHAPES, ...PAPERS].filter((name) => !light.has(name))).toEqual([]);
  });

  it.each(['light', 'dark'] as const)(
    '%s: every text has a contrast of 4.5 on every ground',
    (scheme) => {
      const colours = SCHEMES[scheme];
      const weak = TEXTS.flatMap((text) =>
        PAPERS.filter((paper) => contrast(colours.get(text)!, colours.get(paper)!) < 4.5).map(
          (paper) => `${text} on ${paper}`,
        ),
      );
      expect(weak).toEqual([]);
    },
  );

  it.each(['light', 'dark'] as const)('%s: every bar and border of a field has 3', (scheme) => {
    const colours = SCHEMES[scheme];
    const weak = SHAPES.filter((shape) => contrast(colours.get(shape)!, colours.get('page')!) < 3);
    expect(weak).toEqual([]);
  });

  it('figures inside of bars can be read on them, as neither changes with the scheme', () => {
    const stages = renderReport(makeMatrix()).files.get('stages.svg')!;
    const pairs = [
      ...stages.matchAll(
        /<rect [^>]*fill="(#\w+)"[^>]*\/><text [^>]*fill="(#\w+)" font-size="11"/g,
      ),
    ].map(([, bar, ink]) => [bar!, ink!] as const);
    expect(pairs.length).toBeGreaterThan(3);
    expect(pairs.filter(([bar, ink]) => contrast(bar, ink) < 4.5)).toEqual([]);
  });

  it('there is a rule for each class that a chart gets', () => {
    expect(SVG_CLASSES.filter((name) => !PAGE_STYLE.includes(`.${name} {`))).toEqual([]);
  });
});
