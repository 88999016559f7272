/** The cells that a question is about, among all that were measured. Pure. */
import { LabError } from '../../../src/errors.js';
import type { Question } from '../question/question.js';
import { type Load, type MeasuredCell, NO_LINK, type Stack, stackKey } from './stacks.js';

/** A stack behind every link of the question; null where it was not measured there. */
export interface Candidate {
  readonly stack: Stack;
  readonly key: string;
  readonly cells: readonly (MeasuredCell | null)[];
}

export interface Selection {
  readonly load: Load;
  readonly links: readonly string[];
  readonly candidates: readonly Candidate[];
}

/**
 * @throws LAB_ERR_BAD_VALUE where the load or a link was not measured, or where several were and
 * the question does not say which
 */
export function select(cells: readonly MeasuredCell[], question: Question): Selection {
  const load = loadFor(cells, question);
  const here = cells.filter((cell) => isAt(cell, load));
  const measured = [...new Set(here.map(({ link }) => link))];
  const links = question.links ?? inOrder(measured);
  for (const link of links) {
    if (measured.includes(link)) continue;
    throw refused(`nothing was measured behind ${link} at ${loadText(load)}`, measured);
  }
  const stacks = new Map(here.map(({ stack }) => [stackKey(stack), stack]));
  return {
    load,
    links,
    candidates: [...stacks].map(([key, stack]) => ({
      stack,
      key,
      cells: links.map((link) => cellOf(here, key, link)),
    })),
  };
}

/** The one cell of a stack behind a link. @throws LAB_ERR_BAD_VALUE for two traces of one name */
export function cellOf(
  cells: readonly MeasuredCell[],
  key: string,
  link: string,
): MeasuredCell | null {
  const [one, other] = cells.filter((cell) => cell.link === link && stackKey(cell.stack) === key);
  if (other === undefined) return one ?? null;
  throw new LabError('LAB_ERR_BAD_VALUE', `the link ${link} stands for two traces`, {
    hint: 'its file has changed between the results: choose from those of one of them',
  });
}

export function isAt({ load }: MeasuredCell, at: Load): boolean {
  return loadKey(load) === loadKey(at);
}

function loadKey({ clients, ratePerSecond, sizeBytes, durationSeconds }: Load): string {
  return JSON.stringify([clients, ratePerSecond, sizeBytes, durationSeconds]);
}

function loadFor(cells: readonly MeasuredCell[], question: Question): Load {
  const all = [...new Map(cells.map(({ load }) => [loadKey(load), load])).values()];
  const { clients, ratePerSecond, sizeBytes } = question;
  const fitting = all.filter(
    (load) =>
      (clients === null || load.clients === clients) &&
      (ratePerSecond === null || load.ratePerSecond === ratePerSecond) &&
      (sizeBytes === null || load.sizeBytes === sizeBytes),
  );
  const [load, other] = fitting;
  if (load !== undefined && other === undefined) return load;
  const texts = (load === undefined ? all : fitting).map(loadText);
  if (load === undefined) {
    const asked = [
      ...(clients === null ? [] : [`${clients} clients`]),
      ...(ratePerSecond === null ? [] : [`${ratePerSecond} msg/s`]),
      ...(sizeBytes === null ? [] : [`${sizeBytes} B`]),
    ].join(' × ');
    throw refused(`nothing was measured at ${asked}`, texts);
  }
  throw new LabError('LAB_ERR_BAD_VALUE', `the results are of several loads: ${some(texts)}`, {
    hint:
      new Set(fitting.map(({ durationSeconds }) => durationSeconds)).size === fitting.length
        ? 'windows of different length are different experiments: choose from results with one length'
        : 'say which one is meant with `clients`, `rate` and `sizeBytes`; the others then tell what would change the choice',
  });
}

function refused(message: string, there: readonly string[]): LabError {
  const hint = there.length === 0 ? 'the results hold no cell' : `measured is: ${some(there)}`;
  return new LabError('LAB_ERR_BAD_VALUE', message, { hint });
}

const MOST_TOLD = 8;

function some(texts: readonly string[]): string {
  const rest = texts.length - MOST_TOLD;
  return [...texts.slice(0, MOST_TOLD), ...(rest > 0 ? [`and ${rest} more`] : [])].join(', ');
}

export function loadText({ clients, ratePerSecond, sizeBytes, durationSeconds }: Load): string {
  const rate = ratePerSecond === null ? 'recorded pace' : `${ratePerSecond} msg/s`;
  return `${clients} clients × ${rate} × ${sizeBytes} B for ${durationSeconds} s`;
}

/** The bare path first. */
function inOrder(links: readonly string[]): string[] {
  return [...links].sort((a, b) => Number(b === NO_LINK) - Number(a === NO_LINK));
}
