/** The generated pages by their path, and what their texts lack. */
import { abPage, abProblems } from './ab.js';
import { choosePage, chooseProblems } from './choose.js';
import { errorsPage, errorsProblems } from './errors.js';
import { metricsPage, metricsProblems } from './metrics.js';
import { optionsPage, optionsProblems } from './options.js';
import { resultsPage, resultsProblems } from './results.js';
import { searchPage, searchProblems } from './search.js';

/** Path from the root of the project → text. */
export async function referencePages(): Promise<ReadonlyMap<string, string>> {
  return new Map([
    ['docs/reference/results.md', resultsPage()],
    ['docs/reference/ab.md', abPage()],
    ['docs/reference/choose.md', choosePage()],
    ['docs/reference/search.md', searchPage()],
    ['docs/reference/errors.md', errorsPage()],
    ['docs/reference/options.md', await optionsPage()],
    ['docs/reference/metrics.md', await metricsPage()],
  ]);
}

/** One sentence for each; empty when the texts and the code agree. */
export async function referenceProblems(): Promise<string[]> {
  return [
    ...resultsProblems(),
    ...abProblems(),
    ...chooseProblems(),
    ...searchProblems(),
    ...errorsProblems(),
    ...optionsProblems(),
    ...(await metricsProblems()),
  ];
}
