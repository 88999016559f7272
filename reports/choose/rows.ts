/** The evidence behind a choice as rows of text: one for each stack behind each link. Pure. */
import type { ChoiceDocument, ChoiceFigures, ChoiceStack } from '../../bench/choose/document.js';
import { formatBytes, formatMicros, formatPercent, MISSING, trimmed } from '../format.js';
import { listWords } from '../model/cells.js';
import { chance, money, stackName } from './words.js';

const STANDINGS: Readonly<Record<ChoiceStack['standing'], string>> = {
  pass: '✔ meets all',
  fail: '✘ misses',
  undecided: '? undecided',
  'ruled-out': '– ruled out',
  'not-measured': '– not measured',
};

/** `✘ misses loss=0`; without objectives, that it may be chosen. */
export function standingWords({ standing, objectives }: ChoiceStack): string {
  if (standing === 'pass') return objectives.length === 0 ? '✔ may be chosen' : STANDINGS.pass;
  if (standing !== 'fail' && standing !== 'undecided') return STANDINGS[standing];
  const open = objectives.filter(
    ({ verdict }) => verdict === (standing === 'fail' ? 'fail' : 'undecided'),
  );
  const told = [...new Set(open.map(({ expression }) => expression))];
  return `${STANDINGS[standing]} ${listWords(told)}`;
}

export interface EvidenceRow {
  /** ⚠ before a stack whose runs are doubtful. */
  readonly stack: string;
  readonly standing: string;
  readonly link: string;
  readonly runs: string;
  readonly p99: string;
  readonly staleness: string;
  readonly loss: string;
  readonly cpu: string;
  readonly bytes: string;
  readonly memory: string;
  /** Per 1,000 clients a month. */
  readonly cost: string;
  readonly best: string;
  /** `yes`; else who dominates it. */
  readonly pareto: string;
  readonly isChosen: boolean;
  readonly isFirst: boolean;
}

/** The chosen ones first, then as they stand: what meets all, what is undecided, what misses. */
export function evidenceRows(document: ChoiceDocument): EvidenceRow[] {
  const { stacks, answer } = document;
  const order = ['pass', 'undecided', 'fail', 'not-measured', 'ruled-out'];
  const rank = (i: number): number => {
    const chosen = answer.stacks.indexOf(i);
    return chosen >= 0 && answer.kind !== 'undecided'
      ? chosen - stacks.length
      : order.indexOf(stacks[i]!.standing);
  };
  const places = stacks.map((_, i) => i).sort((a, b) => rank(a) - rank(b) || a - b);
  return places.flatMap((i) => {
    const stack = stacks[i]!;
    const isChosen = answer.kind === 'choice' && answer.stacks.includes(i);
    return stack.cells.map((cell, k) => rowOf(document, stack, cell, k === 0, isChosen));
  });
}

function rowOf(
  { stacks }: ChoiceDocument,
  stack: ChoiceStack,
  cell: ChoiceFigures,
  isFirst: boolean,
  isChosen: boolean,
): EvidenceRow {
  const { pareto, dominated_by: by, cost, p_best: best } = stack;
  const once = (text: string): string => (isFirst ? text : '');
  return {
    stack: isFirst ? `${cell.doubtful ? '⚠ ' : ''}${stackName(stack)}` : '',
    standing: once(standingWords(stack)),
    link: cell.link,
    runs: String(cell.runs),
    // More is lost in some run than a p99 leaves out.
    p99: cell.p99_us === null && cell.p99_lost ? 'lost' : formatMicros(cell.p99_us),
    staleness: formatMicros(cell.staleness_p99_us),
    loss: cell.loss === null ? MISSING : trimmed(formatPercent(cell.loss)),
    cpu: formatMicros(cell.cpu_us),
    bytes: cell.ip_bytes === null ? MISSING : formatBytes(Math.round(cell.ip_bytes)),
    memory: cell.memory_bytes === null ? MISSING : formatBytes(Math.round(cell.memory_bytes)),
    cost: once(cost === null ? MISSING : money(cost.per_1000_clients_month)),
    best: once(best === null ? MISSING : chance(best)),
    pareto: once(
      pareto === null
        ? MISSING
        : pareto
          ? 'yes'
          : `no: ${listWords(by.map((i) => stackName(stacks[i]!)))}`,
    ),
    isChosen,
    isFirst,
  };
}

/** One for each stack that is ruled out, or that was not measured. */
export function ruledOutLines({ stacks }: ChoiceDocument): string[] {
  return stacks.flatMap((stack) =>
    stack.reason === null ? [] : [`${stackName(stack)}: ${stack.reason}`],
  );
}

/** What of an objective is not told, with the runs it takes. */
export function undecidedLines({ stacks }: ChoiceDocument): string[] {
  return stacks.flatMap((stack) =>
    stack.objectives
      .filter(({ verdict }) => verdict === 'undecided')
      .map(({ expression, link, reason, runs_needed: needed }) => {
        const why =
          reason === 'NOT_MEASURED'
            ? 'not every run has the figure: measure for longer'
            : needed === null
              ? 'it lies too near the limit for 1,000 runs to tell'
              : `it takes about ${needed} runs (now ${stack.runs})`;
        return `${stackName(stack)} behind ${link}, ${expression}: ${why}`;
      }),
  );
}
