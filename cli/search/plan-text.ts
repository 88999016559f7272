/** What a search would do, and for how long. Pure. */
import { nameOf } from '../../bench/search/assemble.js';
import type { SearchPlan } from '../../bench/search/plan.js';
import { SearchSession } from '../../bench/search/session.js';
import { secondsLeft, trialsLeft } from '../../bench/search/time-left.js';
import { formatSeconds } from '../../reports/format.js';
import { plural } from '../../reports/model/cells.js';
import { loadText } from '../../reports/search/words.js';
import { etaText } from '../ui/progress.js';

/** For --dry-run; ends in a newline. */
export function planText(plan: SearchPlan): string {
  const { axis, range, timing, goals, combinations } = plan;
  const { records } = new SearchSession(plan);
  const { initial, final } = trialsLeft(plan, records[0]!);
  const lines = [
    `${plural(combinations.length, 'combination')}, --vary ${axis} from ${loadText(axis, range.start)}:`,
    ...combinations.map((one) => `  ${nameOf(one, plan)}`),
    ...goals.map(({ expression }) => `goal ${expression}`),
    `trials of ${formatSeconds(timing.initialS)} find the place, and of ${formatSeconds(timing.finalS)} decide, up to ${formatSeconds(timing.durationSumS)} at a load; to ${Number((timing.width * 100).toPrecision(3))} %`,
    `each takes some ${initial} and ${final} of them, all together about ${etaText(secondsLeft(plan, records))} where the capacity is near ${loadText(axis, Math.min(range.max, range.start * 8))}`,
  ];
  return `${lines.join('\n')}\n`;
}

/** Before it begins, on stderr. */
export function estimateText(plan: SearchPlan, seconds: number): string {
  const { combinations, goals, quick } = plan;
  const asked = `${plural(combinations.length, 'combination')}, ${plural(goals.length, 'goal')}`;
  const short = quick ? ', quick' : '';
  return `lab: search of ${asked}${short}: about ${etaText(seconds)}, longer where the capacity is far from the start`;
}
