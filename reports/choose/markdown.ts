/** A choice as a Markdown page with its chart. Pure. */
import type { ChoiceDocument } from '../../bench/choose/document.js';
import { formatFigure, formatInteger, formatPercent, MISSING, trimmed } from '../format.js';
import { bullets, codeBlock, codeSpan, escapeMarkdown, section, table } from '../markdown/text.js';
import { listWords } from '../model/cells.js';
import { card } from './card.js';
import {
  becomesWords,
  flipCondition,
  heldRanges,
  nearestFlips,
  sourceWords,
} from './flip-words.js';
import { type EvidenceRow, evidenceRows, ruledOutLines, undecidedLines } from './rows.js';
import { tornadoChart } from './tornado.js';
import { linkWords, loadWords, money, priceName, stackName, stackNames } from './words.js';

export const CHART_FILE = 'flips.svg';

export interface ChoicePage {
  readonly markdown: string;
  /** Name → text of the charts beside it. */
  readonly files: ReadonlyMap<string, string>;
}

export function renderChoice(document: ChoiceDocument): ChoicePage {
  const chart = document.answer.kind === 'choice' ? tornadoChart(document) : undefined;
  const blocks = [
    '# Which transport',
    bullets(
      card(document).map(({ label, text }) =>
        label === 'RUN' ? `**RUN** ${codeSpan(text)}` : `**${label}** ${escapeMarkdown(text)}`,
      ),
    ),
    escapeMarkdown(`${loadWords(document)} ${linkWords(document)}.${asked(document)}`),
    ...(chart === undefined ? [] : [`![What would change the choice](${CHART_FILE})`]),
    section('Evidence', evidence(document)),
    ...optional('Left out', ruledOutLines(document)),
    ...optional('Not decided', undecidedLines(document)),
    section('Objectives', objectives(document)),
    section('What would change it', flips(document)),
    section('Cost', costs(document)),
    section('The next experiment', next(document)),
    section(
      'Made from',
      bullets(
        document.sources.map(
          ({ name, started_at, command }) =>
            `${codeSpan(name)}, ${escapeMarkdown(started_at)}: ${codeSpan(command)}`,
        ),
      ),
    ),
  ];
  return {
    markdown: `${blocks.join('\n\n')}\n`,
    files: new Map(chart === undefined ? [] : [[CHART_FILE, chart]]),
  };
}

/** The page alone, for stdout and files that have no folder: without its chart. */
export function renderChoiceMarkdown(document: ChoiceDocument): string {
  return renderChoice(document).markdown.replace(/!\[[^\]]*\]\([^)]*\)\n\n/, '');
}

function asked({ question }: ChoiceDocument): string {
  const { browsers, multicast, reliable, weights } = question;
  const facts = [
    ...(browsers ? ['the clients are browsers'] : []),
    ...(multicast === 'must' ? ['one send must reach all'] : []),
    ...(multicast === 'may' ? ['the network carries multicast'] : []),
    ...(reliable ? ['every message must arrive'] : []),
    ...(weights === null
      ? []
      : [`weights ${listWords(Object.entries(weights).map(([name, one]) => `${name}=${one}`))}`]),
  ];
  return facts.length === 0 ? '' : ` Asked: ${listWords(facts)}.`;
}

function optional(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [section(title, bullets(lines.map(escapeMarkdown)))];
}

function evidence(document: ChoiceDocument): string {
  const plain = (of: (row: EvidenceRow) => string) => (row: EvidenceRow) => escapeMarkdown(of(row));
  const columns = [
    { title: 'stack', kind: 'label', cell: (row: EvidenceRow) => named(row) },
    { title: 'standing', kind: 'text', cell: plain((row) => row.standing) },
    { title: 'link', kind: 'label', cell: plain((row) => row.link) },
    { title: 'runs', kind: 'number', cell: plain((row) => row.runs) },
    { title: 'p99', kind: 'number', cell: plain((row) => row.p99) },
    { title: 'staleness p99', kind: 'number', cell: plain((row) => row.staleness) },
    { title: 'loss', kind: 'number', cell: plain((row) => row.loss) },
    { title: 'server CPU/msg', kind: 'number', cell: plain((row) => row.cpu) },
    { title: 'IP bytes/msg', kind: 'number', cell: plain((row) => row.bytes) },
    { title: 'memory/client', kind: 'number', cell: plain((row) => row.memory) },
    { title: 'cost', kind: 'number', cell: plain((row) => row.cost) },
    { title: 'P(best)', kind: 'number', cell: plain((row) => row.best) },
    { title: 'Pareto set', kind: 'text', cell: plain((row) => row.pareto) },
  ] as const;
  const { margin } = document.question;
  return [
    table(columns, evidenceRows(document)),
    escapeMarkdown(
      `Medians over the runs. Cost: per 1,000 clients a month. P(best): share of resamplings of the runs in which it is chosen. A stack is not of the Pareto set when another one is better or the same (within ${trimmed(formatPercent(margin))}) in all of p99, staleness p99, loss, CPU, bytes and memory behind every link, and better in one. ⚠: most of its runs are SUSPECT.`,
    ),
  ].join('\n\n');
}

function named({ stack, isChosen }: EvidenceRow): string {
  return isChosen ? `**${escapeMarkdown(stack)}**` : escapeMarkdown(stack);
}

const VERDICTS = { pass: '✔ pass', fail: '✘ fail', undecided: '? undecided' } as const;

function objectives(document: ChoiceDocument): string {
  const rows = document.stacks.flatMap((stack) =>
    stack.objectives.map((one) => ({ ...one, stack: stackName(stack) })),
  );
  if (rows.length === 0) return 'None were given.';
  type Row = (typeof rows)[number];
  const figure = ({ unit }: Row, value: number | null): string =>
    formatFigure(unit as Parameters<typeof formatFigure>[0], value);
  const interval = (row: Row): string =>
    row.low === null && row.high === null
      ? MISSING
      : `${figure(row, row.low)} to ${row.high === null ? 'lost' : figure(row, row.high)}`;
  return table(
    [
      { title: 'stack', kind: 'label', cell: ({ stack }: Row) => escapeMarkdown(stack) },
      { title: 'link', kind: 'label', cell: ({ link }: Row) => escapeMarkdown(link) },
      { title: 'objective', kind: 'label', cell: ({ expression }: Row) => codeSpan(expression) },
      { title: 'verdict', kind: 'label', cell: ({ verdict }: Row) => VERDICTS[verdict] },
      {
        title: 'median',
        kind: 'number',
        cell: (row: Row) => (row.lost ? 'lost' : escapeMarkdown(figure(row, row.value))),
      },
      { title: '95 % interval', kind: 'number', cell: (row: Row) => escapeMarkdown(interval(row)) },
      {
        title: 'runs that tell',
        kind: 'number',
        cell: ({ runs_needed: needed }: Row) => (needed === null ? MISSING : String(needed)),
      },
    ],
    rows,
  );
}

function flips(document: ChoiceDocument): string {
  const near = nearestFlips(document);
  const held = heldRanges(document);
  const stays = held.length === 0 ? '' : `Measured without a change: ${listWords(held)}.`;
  if (near.length === 0) {
    return document.answer.kind === 'choice'
      ? escapeMarkdown(stays === '' ? 'Nothing that was measured or asked.' : stays)
      : 'Nothing is chosen yet.';
  }
  const lines = near.map(
    (flip) =>
      `${escapeMarkdown(flipCondition(flip))}: ${escapeMarkdown(becomesWords(document, flip))} (${escapeMarkdown(sourceWords(flip))})`,
  );
  return [
    bullets(lines),
    escapeMarkdown(
      `${stays === '' ? '' : `${stays} `}Found by the medians; beyond what was measured nothing is said.`,
    ),
  ].join('\n\n');
}

function costs(document: ChoiceDocument): string {
  const { prices, prices_assumed: assumed, headroom } = document.question;
  const rows = document.stacks.flatMap((stack) =>
    stack.cost === null ? [] : [{ ...stack.cost, stack: stackName(stack) }],
  );
  type Row = (typeof rows)[number];
  const sum = (title: string, of: (row: Row) => number) =>
    ({ title, kind: 'number', cell: (row: Row) => money(of(row)) }) as const;
  const list = Object.entries(prices).map(
    ([name, price]) =>
      `${priceName(name)} ${money(price)}${assumed.includes(name) ? ' (assumed)' : ''}`,
  );
  const at = rows.some((row) => row.at === 'capacity')
    ? `CPU is that of servers planned to carry ${trimmed(formatPercent(headroom))} of the capacity found.`
    : 'CPU is what this load used: no capacity is known, so no headroom is in it (lab search finds one).';
  return [
    table(
      [
        { title: 'stack', kind: 'label', cell: ({ stack }: Row) => escapeMarkdown(stack) },
        sum('client-hour', (row) => row.per_client_hour),
        sum('of it CPU', (row) => row.cpu),
        sum('egress', (row) => row.egress),
        sum('memory', (row) => row.ram),
        sum('1,000 clients a month', (row) => row.per_1000_clients_month),
      ],
      rows,
    ),
    escapeMarkdown(`Prices: ${listWords(list)}. ${at} Egress counts IP packets both ways.`),
  ].join('\n\n');
}

function next(document: ChoiceDocument): string {
  const { next: experiment } = document;
  if (experiment === null) {
    return document.answer.kind === 'choice'
      ? 'None: more runs of these cells would hardly change the choice.'
      : 'None that more runs of these cells would settle.';
  }
  const { stacks, links, runs, regret_now: now, regret_then: then } = experiment;
  const what = `${formatInteger(runs)} more ${runs === 1 ? 'run' : 'runs'} of ${listWords(stackNames(document, stacks))} behind ${listWords(links)}`;
  const gain =
    now === null || then === null
      ? ''
      : `: what the choice is expected to lose falls from ${formatPercent(now)} to ${formatPercent(then)}`;
  return `${escapeMarkdown(`${what}${gain}. Then choose from both results.`)}\n\n${codeBlock(experiment.command, 'sh')}`;
}
