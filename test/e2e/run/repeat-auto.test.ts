import { expect, it } from 'vitest';
import type { RunEvent } from '../../../bench/events.js';
import { labRun } from '../../support/run/lab-run.js';

const AUTO = { repeat: 'auto', durationsMs: [200], warmupMs: 0, ciMetric: 'goodput' } as const;

it('--repeat auto runs every cell until the metric is known well enough, and says that it is', async () => {
  const events: RunEvent[] = [];
  const result = await labRun(
    { ...AUTO, ciTarget: 0.5 },
    { onEvent: (event) => events.push(event) },
  );
  // Five are the fewest; a run that a busy machine made INVALID has to be made up for.
  const { runs } = result.repeat;
  expect(runs).toBeGreaterThanOrEqual(5);
  const all = Array.from({ length: runs }, (_, i) => i + 1);
  expect(result.repeat).toEqual({
    mode: 'auto',
    runs,
    metric: 'goodput',
    target: 0.5,
    outcome: 'reached',
  });
  expect(result.config.effective).toMatchObject({ repeat: null, ci_target: 0.5, max_repeat: 20 });
  expect(result.incomplete).toBe(false);
  expect(result.cells.map(({ run }) => run)).toEqual(all);
  const starts = events.filter((event) => event.type === 'cell-start');
  expect(starts.map(({ index, total }) => [index, total])).toEqual(all.map((i) => [i - 1, null]));
});

it('Ctrl-C ends it after the cell it struck: interrupted, with the runs that were whole', async () => {
  const stop = new AbortController();
  const onEvent = (event: RunEvent): void => {
    if (event.type === 'round-end') stop.abort();
  };
  const result = await labRun(AUTO, { onEvent, stop: stop.signal });
  expect(result.repeat).toMatchObject({ mode: 'auto', runs: 1, outcome: 'interrupted' });
  expect(result.incomplete).toBe(true);
  expect(result.cells).toHaveLength(1);
});
