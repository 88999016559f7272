/** What a live page has cost, in words. Pure. */
import { formatMicros, formatPercent } from '../../reports/format.js';
import { plural } from '../../reports/model/cells.js';

/** `live page: 12.3 ms of CPU in 31 s, 0.04 % of one core, for 2 browsers and 62 updates`. */
export function formatCpuShare(
  micros: number,
  seconds: number,
  browsers: number,
  updates: number,
): string {
  const share = seconds > 0 ? micros / 1e6 / seconds : 0;
  const cost = `live page: ${formatMicros(micros)} of CPU in ${Math.round(seconds)} s, ${formatPercent(share)} of one core`;
  if (browsers === 0) return `${cost}; no browser looked on`;
  return `${cost}, for ${plural(browsers, 'browser')} and ${plural(updates, 'update')}; what a browser on this machine takes is not in it`;
}
