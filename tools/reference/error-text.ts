/** What the generator is told of errors and of verdict reasons. */

export interface ErrorText {
  /** When it comes, in whole sentences. */
  readonly meaning: string;
  /** What to do about it. */
  readonly next: string;
  /** It may come up in a cell of a run, which goes on then, and exits as incomplete. */
  readonly inCell?: boolean;
}

export interface ReasonText {
  readonly severity: 'SUSPECT' | 'INVALID';
  readonly meaning: string;
  readonly next: string;
}
