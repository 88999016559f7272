/** The live page of a run: from before the first cell until its report is written. */
import type { RunConfig } from '../../bench/config.js';
import type { RunEvent } from '../../bench/events.js';
import type { CellResult, LabResult } from '../../bench/result/result.js';
import { estimateSeconds } from '../../bench/run/estimate.js';
import { plural } from '../../reports/model/cells.js';
import { reproduction } from '../args/run-config.js';
import { note } from '../output.js';
import type { RunProgress } from './measured.js';

export interface RunLive {
  onEvent(event: RunEvent): void;
  /** Tells the outcome, and what the page has cost. Never throws; safe to call twice. */
  finish(result: LabResult | undefined, folder: string | undefined): Promise<void>;
}

/** @throws LAB_ERR_PORT_IN_USE, LAB_ERR_LISTEN */
export async function openRunLive(
  port: number,
  config: RunConfig,
  soFar: RunProgress,
  earlier: readonly CellResult[],
  quiet: boolean,
): Promise<RunLive> {
  // Loaded for those who want it.
  const [{ Live }, { RunSource }] = await Promise.all([
    import('../live/live.js'),
    import('../live/run-source.js'),
  ]);
  const whole = estimateSeconds(config, []);
  const source = new RunSource(
    config,
    (cell) => estimateSeconds(config, [cell]) - whole,
    reproduction(config),
    () => soFar.part({ code: 'RUNNING', message: 'the run goes on' })?.result,
    earlier,
  );
  const live = await Live.open(port, source);
  note(`lab: live page: ${live.url}`);
  let finished: Promise<void> | undefined;
  const end = async (result: LabResult | undefined, folder: string | undefined): Promise<void> => {
    const isWhole = result !== undefined && !result.incomplete;
    source.end(isWhole ? 'finished' : 'stopped', outcome(result, folder));
    const { renderHtmlReport } = await import('../../reports/html/run/report.js');
    const report = (): string | null => (result === undefined ? null : renderHtmlReport(result));
    const cost = await live.close(report);
    if (!quiet) note(`lab: ${cost}`);
  };
  return {
    onEvent: (event) => {
      source.onEvent(event, performance.now());
      // What is made of a whole cell is made before the next one begins.
      if (event.type === 'cell-end' || event.type === 'cell-start') live.update();
    },
    finish: (result, folder) => {
      finished ??= end(result, folder).catch(() => {});
      return finished;
    },
  };
}

function outcome(result: LabResult | undefined, folder: string | undefined): string {
  if (result === undefined) return 'The run has ended without a result; the terminal says why.';
  const kept = folder === undefined ? '' : ` The report is in ${folder}.`;
  const cells = plural(result.cells.length, 'cell');
  const { ended } = result;
  if (ended !== undefined) return `The run has ended with ${cells}: ${ended.message}.${kept}`;
  return `The run is over: ${cells}${result.incomplete ? ', and it is incomplete' : ''}.${kept}`;
}
