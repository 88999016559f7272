/** What binds first: what broke at the upper bound, and what stood at its limit there. Pure. */
import type { Broken, SearchBinding, SearchState, SearchTrial } from './document.js';

/** An event loop, or a core, that is so busy has no room. */
const FULL = 0.9;
/** Of the cores of the machine. */
const MACHINE_FULL = 0.95;

type Cause = SearchBinding['cause'];

/**
 * Of the trials at the smallest load that does not hold; null when none failed there.
 * @param goal index of the goal
 * @param cores of the machine; null = not known
 */
export function bindingAt(
  load: number,
  trials: readonly SearchTrial[],
  goal: number,
  cores: number | null,
): SearchBinding | null {
  const there = trials.filter((one) => one.load === load);
  const failed = there.filter(({ judgements }) => judgements[goal]?.outcome === 'fail');
  const all = failed.map((trial) => ({ trial, broken: trial.judgements[goal]!.broken }));
  const first = mostBroken(all.map(({ broken }) => broken));
  if (first === undefined) return null;
  // The trial in the middle of those that show it stands for them.
  const showing = all
    .flatMap(({ trial, broken }) => {
      const one = broken.find(({ what }) => what === first);
      return one === undefined ? [] : [{ trial, one }];
    })
    .sort((a, b) => (a.one.value ?? Infinity) - (b.one.value ?? Infinity));
  const { trial, one } = showing[showing.length >> 1]!;
  return {
    ...one,
    load,
    cause: causeOf(one, trial, cores),
    failed: failed.length,
    trials: there.filter(({ judgements }) => judgements[goal]?.outcome !== 'void').length,
    state: trial.state,
  };
}

/** What broke in most trials; of as many, what the goal names first. */
function mostBroken(lists: readonly (readonly Broken[])[]): string | undefined {
  const counts = new Map<string, number>();
  for (const list of lists)
    for (const { what } of list) counts.set(what, (counts.get(what) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0];
}

function causeOf({ metric }: Broken, { state, codes }: SearchTrial, cores: number | null): Cause {
  const sockets = socketCause(state);
  const isLoss = metric !== null && LOSSES.has(metric);
  if (isLoss && sockets !== undefined) return sockets;
  const { server } = state;
  if ((server?.loop_utilization ?? 0) >= FULL || codes.includes('SERVER_SATURATED'))
    return 'SERVER_LOOP';
  if ((server?.busiest_cores ?? 0) >= FULL) return 'SERVER_CPU';
  if (codes.includes('CPU_CONTENDED') || isFull(state, cores)) return 'MACHINE_CPU';
  return sockets ?? 'UNKNOWN';
}

const LOSSES: ReadonlySet<string> = new Set(['loss', 'missing', 'reach']);

/** By server and clients: what others used is no limit of theirs. */
function isFull({ server, clients }: SearchState, cores: number | null): boolean {
  const [ofServer, ofClients] = [server?.cpu_cores ?? null, clients?.cpu_cores ?? null];
  if (ofServer === null || ofClients === null || cores === null) return false;
  return ofServer + ofClients >= MACHINE_FULL * cores;
}

/** Where most of the losses were. */
function socketCause(state: SearchState): Cause | undefined {
  const places: readonly (readonly [Cause, number])[] = [
    [
      'SEND_QUEUE',
      (state.dropped_by_policy ?? 0) + (state.conflated ?? 0) + (state.send_errors ?? 0),
    ],
    ['RECEIVE_BUFFER', state.kernel_receive_drops ?? 0],
    ['LINK', state.network_lost ?? 0],
  ];
  const [cause, lost] = places.toSorted(([, a], [, b]) => b - a)[0]!;
  return lost === 0 ? undefined : cause;
}
