/** "Did you mean": the nearest known name to a mistyped one. */

/**
 * Edits that turn one word into the other: insert, delete, replace, or swap two neighbours (optimal
 * string alignment).
 */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replace = last[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swap = swapped ? beforeLast[j - 2]! + 1 : Number.POSITIVE_INFINITY;
      row.push(Math.min(last[j]! + 1, row[j - 1]! + 1, replace, swap));
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length]!;
}

/**
 * The known name that `word` most likely stands for: a prefix of it, or at most two edits and half
 * its letters away.
 */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const typed = word.slice(0, 64).toLowerCase();
  let best: string | undefined;
  let bestDistance = 3;
  for (const name of known) {
    const isPrefix = typed.length > 1 && name.startsWith(typed);
    const distance = isPrefix ? 1 : editDistance(typed, name);
    if (distance < bestDistance && distance <= name.length / 2) {
      best = name;
      bestDistance = distance;
    }
  }
  return best;
}
