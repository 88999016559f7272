/** The files that a choice is made from: results, and searches, which know capacities. */

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Capacity } from '../../bench/choose/evidence/capacity.js';
import {
  capacitiesOf,
  isSearch,
  readSearch,
  type SearchFound,
} from '../../bench/choose/evidence/search-document.js';
import type { Input } from '../../bench/compare/sides.js';
import type { Environment } from '../../bench/result/result.js';
import { LabError } from '../../src/errors.js';
import { quoted } from '../../src/options/values.js';
import { readResult, readText, statsOf } from '../files/result-file.js';

export interface Sources {
  readonly inputs: readonly Input[];
  readonly capacities: readonly Capacity[];
}

const SEARCH_FILE = 'search.json';
/** What `deliver` leaves beside the runs. */
const CHOICE_FILE = 'choice.json';

/**
 * @throws LAB_ERR_USAGE without a result, LAB_ERR_BAD_VALUE for a search of another machine, and
 * what `readResult` throws
 */
export async function readSources(paths: readonly string[]): Promise<Sources> {
  const inputs: Input[] = [];
  const searches: { readonly name: string; readonly found: SearchFound }[] = [];
  for (const path of paths.flatMap(runsIn)) {
    const found = await searchAt(path);
    if (found === null) inputs.push({ name: path, result: await readResult(path) });
    else searches.push({ name: path, found });
  }
  if (inputs.length === 0) {
    throw new LabError('LAB_ERR_USAGE', 'there is no result to choose from', {
      hint: 'a search alone has no figures of cost: give results of lab run, too',
    });
  }
  for (const { name, found } of searches) checkMachine(name, found, inputs[0]!);
  return { inputs, capacities: searches.flatMap(({ found }) => capacitiesOf(found)) };
}

/** Of the folder of a choice the runs in it; else the path itself. */
function runsIn(path: string): string[] {
  if (path === '-' || statsOf(join(path, CHOICE_FILE))?.isFile() !== true) return [path];
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(path, name))
    .sort();
}

async function searchAt(path: string): Promise<SearchFound | null> {
  if (path === '-') return null;
  const stats = statsOf(path);
  const file = stats?.isDirectory() === true ? join(path, SEARCH_FILE) : path;
  if (statsOf(file)?.isFile() !== true) return null;
  let value: unknown;
  try {
    value = JSON.parse(await readText(file));
  } catch {
    // Lines of a run that was killed, or nothing that anybody knows: it is for others to say.
    return null;
  }
  if (!isSearch(value)) return null;
  const found = readSearch(value);
  if (found !== null) return found;
  throw new LabError('LAB_ERR_RESULT_INVALID', `${quoted(path)} is no whole search`, {
    hint: 'give the document as lab search left it',
  });
}

function checkMachine(
  name: string,
  { machine }: SearchFound,
  { name: first, result }: Input,
): void {
  if (machine === null) return;
  const { environment } = result;
  const other = (['cpu', 'cores', 'kernel'] as const satisfies readonly (keyof Environment)[]).find(
    (key) => machine[key] !== environment[key],
  );
  if (other === undefined) return;
  throw new LabError(
    'LAB_ERR_BAD_VALUE',
    `${quoted(name)} and ${quoted(first)} cannot be mixed: ${other} is ${machine[other]} and ${environment[other]}`,
    { hint: 'search and measure on one machine' },
  );
}
