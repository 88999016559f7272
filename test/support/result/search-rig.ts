/** A whole search on a simulated server: plan, session and document, without a process. */
import { DEFAULT_CONFIG, type RunConfig } from '../../../bench/config.js';
import type { CellResult } from '../../../bench/result/result.js';
import { searchDocument } from '../../../bench/search/assemble.js';
import { type Axis, type SearchDocument, searchSchema } from '../../../bench/search/document.js';
import { parseGoal } from '../../../bench/search/objective.js';
import { DEFAULT_TIMING, planSearch, type SearchPlan } from '../../../bench/search/plan.js';
import { type MeasureTrial, SearchSession } from '../../../bench/search/session.js';
import { makeCell } from './cell-factory.js';

export interface Simulated {
  readonly slos?: readonly string[];
  readonly axis?: Axis;
  readonly config?: Partial<RunConfig>;
  readonly quick?: boolean;
}

export function simulatedPlan(asked: Simulated = {}): SearchPlan {
  const { slos = ['p99<50ms,loss=0'], axis = 'rate', quick = true, config = {} } = asked;
  return planSearch({
    config: {
      ...DEFAULT_CONFIG,
      ...{ transports: ['tcp'], codecs: ['line-json'], baselines: false, ...config },
    },
    ...{ axis, quick, timing: DEFAULT_TIMING },
    goals: slos.map((slo) => parseGoal('--slo', slo)),
  });
}

/** A cell that is slow above `ceiling` messages/s, and whose subscribers give up above `limit`. */
export function serverWith(ceiling: number, limit = Number.POSITIVE_INFINITY): MeasureTrial {
  return async (config) => cellAt(config, ceiling, limit);
}

/** Made once: a cell is more work than a trial of a simulation should be. */
const QUICK_CELL = makeCell({ rate: 100, medianUs: 900 }, { series: [] });
const SLOW_CELL = makeCell({ rate: 100, medianUs: 90_000 }, { series: [] });

function cellAt(config: RunConfig, ceiling: number, limit: number): CellResult {
  const rate = config.ratesPerSecond![0]!;
  const [clients, seconds] = [config.clients[0]!, config.durationsMs[0]! / 1_000];
  const base = rate > ceiling ? SLOW_CELL : QUICK_CELL;
  const deliveries = rate * clients;
  const full = { code: 'SUBSCRIBER_SATURATED', message: 'the loop was full', hint: 'less' };
  return {
    ...base,
    ...{ transport: config.transports[0]!, clients, rate_per_s: rate, duration_s: seconds },
    ...{ expected: deliveries * seconds, delivered: deliveries * seconds },
    goodput: { messages_per_s: deliveries, bytes_per_s: deliveries * 131 },
    verdict:
      rate > limit
        ? { status: 'INVALID', reasons: [{ ...full, severity: 'INVALID' }] }
        : base.verdict,
  };
}

const NEVER = new AbortController().signal;

/** @param trials after which it is stopped */
export async function searched(
  plan: SearchPlan,
  measure: MeasureTrial,
  trials = Number.POSITIVE_INFINITY,
  earlier?: SearchDocument,
): Promise<SearchDocument> {
  const session = new SearchSession(plan, earlier?.combinations, earlier?.duration_s);
  const stop = new AbortController();
  let left = trials;
  await session.run(measure, {
    stop: trials === Number.POSITIVE_INFINITY ? NEVER : stop.signal,
    onStep: () => {},
    onTrial: async () => {
      left -= 1;
      if (left === 0) stop.abort();
    },
  });
  const machine = {
    ...{ os: 'linux', kernel: '6.1', cpu: 'a CPU', cores: 2, memory_bytes: 1e9 },
    ...{ node: 'v20.19.0', git: null },
  };
  const ended = stop.signal.aborted ? { code: 'INTERRUPTED', message: 'it was stopped' } : null;
  return searchSchema.parse(
    searchDocument(plan, session.records, {
      ...{ version: '0.1.0', startedAt: '2026-12-01T15:00:00.000Z', durationS: 90 },
      ...{ command: "lab search --slo 'p99<50ms,loss=0'", settings: {}, machine, ended },
    }),
  );
}
