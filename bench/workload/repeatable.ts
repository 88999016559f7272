import { LabError } from '../../src/errors.js';
import { isLive } from '../../src/sources/registry.js';

/**
 * A benchmark plays its feed in several processes, which must agree on every message without
 * talking.
 * @throws LAB_ERR_BAD_VALUE for a source that gives no two of them the same; it is not opened
 */
export function assertRepeatable(source: string): void {
  if (!isLive(source)) return;
  throw new LabError(
    'LAB_ERR_BAD_VALUE',
    `source '${source}' is live: a benchmark needs a feed that is the same in every process and every run`,
    {
      option: 'source',
      value: source,
      hint: "measure with `source: 'synthetic'`, or with a recording: `source: 'replay:FILE'`",
    },
  );
}
