import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { answerFirst, inlineChart } from '../../../../reports/html/run/pictures.js';
import { SVG_CLASSES, withClasses } from '../../../../reports/html/svg-classes.js';
import { relativePath } from '../../../../reports/html/svg-path.js';

describe('a path', () => {
  it('is written with steps, at the same points', () => {
    expect(relativePath('M84,426.6L87,424.8L90,423L90.4,423')).toBe('M84,426.6l3-1.8 3-1.8 .4 0');
    expect(relativePath('M1,2L3,4M5,6L5,5.5')).toBe('M1,2l2 2M5,6l0-.5');
  });

  it('that is not of straight lines alone stays as it is', () => {
    expect(relativePath('M1,2C3,4,5,6,7,8')).toBeNull();
    expect(relativePath('')).toBeNull();
  });
});

describe('a chart in a page', () => {
  it('has classes where it had attributes, and keeps what has none', () => {
    expect(withClasses('<text x="1" fill="#59636e" font-size="12">a</text>', false)).toBe(
      '<text class="fm t2" x="1">a</text>',
    );
    expect(withClasses('<circle r="3" fill="#123456"/>', false)).toBe(
      '<circle r="3" fill="#123456"/>',
    );
  });

  it('keeps inks that suit what they stand on', () => {
    const white = '<text fill="#ffffff">a</text>';
    expect(withClasses(white, false)).toBe(white);
    const bar = '<rect fill="#0072b2"/><text fill="#1f2328">a</text>';
    expect(withClasses(bar, true)).toBe(bar);
    expect(withClasses(bar, false)).toBe('<rect class="f0"/><text class="fi">a</text>');
  });

  it('is not changed by what its texts say', () => {
    const svg = '<text x="1">&lt;line stroke=&quot;#1f2328&quot;&gt; fill="none"</text>';
    expect(withClasses(svg, false)).toBe(svg);
  });

  it('shares no name with another', () => {
    const svg =
      '<svg aria-labelledby="title desc"><title id="title">t</title><desc id="desc">d</desc></svg>';
    expect(inlineChart({ file: 'a-1.svg', svg })).toBe(
      '<figure class="chart"><svg aria-labelledby="a-1-title a-1-desc"><title id="a-1-title">t</title><desc id="a-1-desc">d</desc></svg></figure>',
    );
  });

  it('knows every colour that a chart is drawn in', () => {
    const folders = ['reports/charts', 'reports/loss-sweep', 'reports/html/comparison'];
    const files = folders.flatMap((folder) =>
      readdirSync(folder)
        .filter((file) => file.endsWith('.ts'))
        .map((file) => `${folder}/${file}`),
    );
    const colours = files.flatMap(
      (file) => readFileSync(file, 'utf8').match(/#[0-9a-f]{6}/g) ?? [],
    );
    // These are fills of bars with figures inside, the same in either scheme.
    const bars = ['#c9ced6', '#e69f00', '#8cc8ee', '#d3a6c9', '#00543c'];
    const unknown = [...new Set(colours)].filter(
      (colour) =>
        !bars.includes(colour) &&
        withClasses(`<line stroke="${colour}"/>`, false).includes('stroke='),
    );
    expect(colours.length).toBeGreaterThan(20);
    expect(unknown).toEqual([]);
    expect(new Set(SVG_CLASSES).size).toBe(SVG_CLASSES.length);
  });
});

describe('the picture beside the answer', () => {
  it('is the one of a sweep, else of the runs, else of the latencies', () => {
    const pictures = (...files: string[]) => files.map((file) => ({ file, svg: '' }));
    const firstOf = (...files: string[]): string | undefined =>
      answerFirst(pictures(...files)).first?.file;
    expect(firstOf('latency.svg', 'repeats.svg', 'staleness-loss-p99.svg')).toBe(
      'staleness-loss-p99.svg',
    );
    expect(firstOf('stages.svg', 'latency.svg', 'repeats.svg')).toBe('repeats.svg');
    expect(firstOf('stages.svg')).toBe('stages.svg');
    expect(firstOf()).toBeUndefined();
    expect(answerFirst(pictures('a.svg', 'latency.svg')).others).toEqual(pictures('a.svg'));
  });
});
