/** What is said and drawn of all the sweeps of a result. Pure. */
import type { LabResult } from '../../bench/result/result.js';
import { chartAlt, lossChart } from './chart.js';
import { lossSweepsOf } from './sweep.js';
import { rankSweeps } from './winners.js';
import { sweepSentences, winnersSentence } from './words.js';

/** Plain sentences on every sweep of a result; empty without one. */
export function lossSweepSentences(result: LabResult): string[] {
  const ranked = rankSweeps(lossSweepsOf(result));
  return ranked.flatMap((one) => {
    const where = ranked.length > 1 ? [`${one.sweep.load}:`] : [];
    return [...where, ...sweepSentences(one)];
  });
}

/** Of each sweep who has the lowest staleness p99 where; empty without one. */
export function lossSweepHeadlines(result: LabResult): string[] {
  const ranked = rankSweeps(lossSweepsOf(result));
  return ranked.map((one) => {
    const load = ranked.length > 1 ? `${one.sweep.load}: ` : '';
    return load + winnersSentence(one);
  });
}

/** What is drawn of the sweeps of a result. */
export function lossSweepPictures(
  result: LabResult,
): { readonly file: string; readonly alt: string; readonly svg: string | undefined }[] {
  const sweeps = lossSweepsOf(result);
  return sweeps.flatMap((sweep, i) => {
    const suffix = sweeps.length === 1 ? '' : `-${i + 1}`;
    return (['p99', 'p50'] as const).map((quantile) => ({
      file: `staleness-loss-${quantile}${suffix}.svg`,
      alt: chartAlt(sweep, quantile),
      svg: lossChart(sweep, quantile, result.seed),
    }));
  });
}
