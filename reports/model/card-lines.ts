/** The lines of a card, and the words that all cards share. Pure. */
import type { LabResult } from '../../bench/result/result.js';
import { mayRank } from '../../bench/result/usable.js';
import { groupBy, listWords, plural } from './cells.js';
import { type Lacking, runsToMake } from './choice.js';
import type { Candidate } from './ranking.js';
import { rerunCommand, rerunTime } from './rerun.js';

/** What a line says; `RUN` is followed by a command in backticks. */
export type CardLabel =
  | 'CHOOSE'
  | 'BECAUSE'
  | 'UNLESS'
  | 'CANNOT RANK'
  | 'RULED OUT'
  | 'HELD'
  | 'BROKE'
  | 'RUN';

export interface CardLine {
  readonly label: CardLabel;
  /** Without markup, but for commands in backticks. */
  readonly text: string;
}

/** First the answer. At most four. */
export type Card = readonly CardLine[];

export function line(label: CardLabel, text: string): CardLine {
  return { label, text };
}

/** `⚠ udp/msgpack` where a run of it is SUSPECT. */
export function nameOf({ name, suspect }: Candidate): string {
  return `${suspect ? '⚠ ' : ''}${name}`;
}

export function namesOf(pairs: readonly Candidate[]): string {
  return listWords(pairs.map(nameOf));
}

/** `tcp/msgpack has 5 VALID runs of 8, it takes 8`. */
export function lackingText({ pair, needed, valid, made }: Lacking): string {
  if (valid === 1 && made === 1) return `one run of each has no spread; it takes ${needed}`;
  return `${nameOf(pair)} has ${plural(valid, 'VALID run')}${valid === made ? '' : ` of ${made}`}; it takes ${needed}`;
}

/** The command that would tell, and how long it takes. */
export function runLine(result: LabResult, lacking: Lacking): CardLine {
  const runs = runsToMake(lacking);
  return line('RUN', `\`${rerunCommand(result, runs)}\` (${rerunTime(result, runs)})`);
}

/** What to do about the reason that most of the doubtful cells have. */
export function commonestHint({ cells }: LabResult): string | null {
  const hints = cells
    .filter((cell) => !mayRank(cell))
    .flatMap(({ verdict }) => verdict.reasons.map(({ hint }) => hint))
    .filter((hint) => hint !== '');
  const [most] = [...groupBy(hints, (hint) => hint)].sort(([, a], [, b]) => b.length - a.length);
  return most?.[0] ?? null;
}
