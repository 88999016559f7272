/** One line of `npm run bench:fanout`. */
export interface Check {
  readonly what: string;
  readonly value: string;
  readonly target: string;
  readonly met: boolean;
}

/** What is under way, for who waits. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** A ratio that is wanted small, of medians or of one of each. */
export function atMost(what: string, ratio: number, limit: number, about: string): Check {
  return {
    what,
    value: `${ratio.toFixed(2)} (${about})`,
    target: `≤ ${limit.toFixed(1)}`,
    met: ratio <= limit,
  };
}
