/** The charts of a report, as they stand in a page: the same SVG, its names made unique. */

import { withClasses } from '../svg-classes.js';
import { relativePath } from '../svg-path.js';

export interface Picture {
  readonly file: string;
  readonly svg: string;
}

/**
 * A chart inside of a page. Several share one, so `title` and `desc` get names of their own; a page
 * sets the size and, in the dark, the colours.
 */
export function inlineChart({ file, svg }: Picture): string {
  const name = file.replace(/\.svg$/, '').replaceAll(/[^\w-]/g, '_');
  const unique = svg
    .replace('aria-labelledby="title desc"', `aria-labelledby="${name}-title ${name}-desc"`)
    .replace('<title id="title">', `<title id="${name}-title">`)
    .replace('<desc id="desc">', `<desc id="${name}-desc">`)
    .replace(' xmlns="http://www.w3.org/2000/svg"', '')
    .replace(/ font-family="[^"]*"/, '')
    .replaceAll(/ d="([^"]*)"/g, (whole, path: string) => {
      const relative = relativePath(path);
      return relative === null ? whole : ` d="${relative}"`;
    })
    .trim();
  // These bars have figures inside, in inks that suit their fills and not the page.
  return `<figure class="chart">${withClasses(unique, file.startsWith('stages'))}</figure>`;
}

/** The one that shows most of the answer, and all others in their order. */
export function answerFirst(all: readonly Picture[]): {
  readonly first: Picture | undefined;
  readonly others: readonly Picture[];
} {
  const order = [/^staleness-loss.*p99/, /-loss/, /^repeats/, /^scaling/, /^flush/, /^latency/];
  const first = order
    .map((pattern) => all.find(({ file }) => pattern.test(file)))
    .find((found) => found !== undefined);
  return { first: first ?? all[0], others: all.filter((one) => one !== (first ?? all[0])) };
}
