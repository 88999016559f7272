/** What `--fail-on` of an A/B fails on, and what it cannot. */
import type { AbDocument, AbMetric } from '../../bench/ab/document.js';
import { ALPHA } from '../../bench/compare/decide.js';
import { fewestBlocks } from '../../bench/compare/power.js';
import type { ComparedName } from '../../bench/metric-catalogue.js';
import { listWords } from '../../reports/model/cells.js';
import { titleOf } from '../../reports/text/ab-format.js';
import { LabError } from '../../src/errors.js';
import { EXIT_CODES } from '../exit-codes.js';
import { note } from '../output.js';

/**
 * `missing`: a figure that A has and B has not, or that is of something else, or a cell without
 * any.
 */
export const GATES = ['worse', 'inconclusive', 'missing'] as const;
export type Gate = (typeof GATES)[number];

/** Of an A/B that ended as planned. @throws LAB_ERR_NO_EFFECT for a gate that could not fail */
export function exitCodeOf(document: AbDocument, gates: readonly Gate[]): number {
  const { comparison } = document;
  const gone = figuresGone(document);
  if (gates.includes('worse') && !gates.includes('missing') && gone.length > 0) {
    note(
      `--fail-on worse says nothing about ${listWords([...new Set(gone.map(titleOf))])}, which a run lacks or which counts to something else: --fail-on worse,missing does`,
    );
  }
  const broken = gates.filter((gate) => isBroken(document, gate));
  if (broken.length > 0) {
    const { worse, inconclusive } = comparison.totals;
    note(`--fail-on ${broken.join(',')}: ${worse} worse, ${inconclusive} inconclusive`);
    return EXIT_CODES.gateBroken;
  }
  if (gates.includes('worse') && !comparison.detectable) {
    throw idle(
      'in the blocks that can be used no difference, however large, can be told',
      `give --blocks ${Math.max(document.blocks_planned + 1, comparison.blocks_to_detect)} or more, or fewer --metrics; the table says why blocks are left out`,
    );
  }
  const isBad = document.incomplete || document.arms.some(({ invalid }) => invalid > 0);
  return isBad ? EXIT_CODES.incomplete : EXIT_CODES.ok;
}

/**
 * A gate that nothing can break would be taken for one that passed. Counts every metric as tested:
 * which of them a cell has is not known before.
 * @throws LAB_ERR_NO_EFFECT before anything is measured
 */
export function refuseIdleGate(
  gates: readonly Gate[],
  positions: number,
  blocks: number,
  metrics: readonly ComparedName[],
): void {
  if (gates.includes('worse')) {
    const why = whyIdle(positions, blocks, metrics);
    if (why !== null) throw idle(why.told, `give ${why.hint}`);
  }
}

/** What is lacking for any difference to be told; null when nothing is. */
export function whyIdle(
  positions: number,
  blocks: number,
  metrics: readonly ComparedName[],
): { readonly told: string; readonly hint: string } | null {
  const tests = positions * metrics.length;
  const needed = fewestBlocks(Math.max(1, tests), ALPHA);
  if (blocks >= needed) return null;
  return {
    told: `with --blocks ${blocks} no difference, however large, can be told in ${tests === 1 ? 'a test' : `${tests} tests (cells × metrics)`}`,
    hint: `--blocks ${needed} or more, or fewer --metrics or cells`,
  };
}

function idle(why: string, hint: string): LabError {
  return new LabError('LAB_ERR_NO_EFFECT', `--fail-on worse cannot fail: ${why}`, { hint });
}

function isBroken(document: AbDocument, gate: Gate): boolean {
  const { totals, cells } = document.comparison;
  if (gate !== 'missing') return totals[gate] > 0;
  return cells.some(({ metrics }) => metrics.length === 0) || figuresGone(document).length > 0;
}

function figuresGone({ comparison }: AbDocument): AbMetric[] {
  return comparison.cells
    .flatMap(({ metrics }) => metrics)
    .filter(({ reason }) => reason === 'NOT_MEASURED' || reason === 'ARRIVAL_AND_RECEIPT');
}
