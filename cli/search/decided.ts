/** Flags of a run that a search decides by itself, and how. */

const LENGTH = '--initial, --final and --sum say how long its trials are';
const REPEATS = '--sum says how much is measured at a load';

export const DECIDED: ReadonlyMap<string, string> = new Map([
  ['--target', 'each of its trials starts a server of its own'],
  ['--duration', LENGTH],
  ['--repeat', REPEATS],
  ['--ci', REPEATS],
  ['--ci-metric', REPEATS],
  ['--max-repeat', REPEATS],
  ['--ceiling', 'lab ceiling measures bare sockets'],
  ['--speed', 'a recorded pace is no load that could be varied'],
  ['--skip-baselines', 'its trials have none'],
]);
