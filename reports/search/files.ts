/** The files that a search leaves beside its document: name → text. */
import type { SearchDocument } from '../../bench/search/document.js';
import { searchChart } from './chart.js';
import { page } from './markdown.js';

const CHART = 'trials.svg';

export function searchFiles(document: SearchDocument): Map<string, string> {
  const chart = searchChart(document);
  return new Map([
    ['report.md', page(document, chart === undefined ? null : CHART)],
    ...(chart === undefined ? [] : [[CHART, chart] as const]),
  ]);
}
