/** Whether the processes of a cell had the CPU that they wanted, and who had it instead. Pure. */
import type { CellResult, ProcessUse, VerdictReason } from '../result/result.js';
import { localServer } from '../result/server.js';
import { duration, invalid, percent, suspect } from './reason.js';

type Cell = Omit<CellResult, 'verdict'>;

const SUSPECT_UTILIZATION = 0.9;
const SATURATED_UTILIZATION = 0.99;
/**
 * Of the CPU that it may have: a process that is busy by the clock, and used less, was kept
 * waiting.
 */
const OWN_SHARE = 0.8;
/** Of all cores: half a core of a machine of two, for an eighth of the time. */
const SUSPECT_STEAL = 0.02;
/**
 * Of the window. Measured on 2 cores with 1,000 clients × 100 msg/s: see "Whose CPU it was" in
 * docs/design/methodology.md.
 */
const SUSPECT_WAIT = 0.15;
/** Of one core: what a quiet machine and the lab's coordinator take themselves is a tenth. */
const SUSPECT_OTHERS = 0.25;
/** The processes of the lab wait for each other where cores are few; so long, for lack of cores. */
const SUSPECT_OWN_WAIT = 0.5;
/** Of the periods of the quota: a p99 leaves out as much. */
const SUSPECT_THROTTLED = 0.01;

/** What the CPU has to say about a cell: the cause of what the other rules see. */
export function cpuReasons(cell: Cell): VerdictReason[] {
  const throttled = throttledReason(cell.kernel);
  return [
    throttled,
    // Whoever is kept from the CPU by a quota waits for it, too.
    throttled === undefined ? contendedReason(cell) : undefined,
    stolenReason(cell.kernel),
    saturation('SERVER', localServer(cell)?.use ?? null, cell.kernel),
    saturation('SUBSCRIBER', cell.clients_use, cell.kernel),
  ].filter((reason) => reason !== undefined);
}

/** The process was as busy as the clock says: it used what CPU it may have. */
export function hadItsCpu(use: ProcessUse, { cpu_quota_cores: quota }: Cell['kernel']): boolean {
  return use.busiest_cores === null || use.busiest_cores >= OWN_SHARE * Math.min(1, quota ?? 1);
}

/** `0.17 of a core`. */
export function coresText(cores: number): string {
  return cores < 1 ? `${cores.toFixed(2)} of a core` : `${cores.toFixed(2)} cores`;
}

/**
 * Cores that others than the lab used; null where nobody knows, as with a server of this machine
 * that is not the lab's: it is one of those others.
 */
function othersCores({ kernel, server, clients_use: clients, link }: Cell): number | null {
  if (server.kind === 'target' && server.same_machine) return null;
  const ours = (server.kind === 'local' ? (server.use?.cpu_cores ?? null) : 0) ?? null;
  const theirs = clients?.cpu_cores ?? null;
  const emulator = link === null ? 0 : kernel.cpu_link_cores;
  const { cpu_busy_cores: busy } = kernel;
  if (busy === null || ours === null || theirs === null || emulator === null) return null;
  return busy - ours - theirs - emulator;
}

/** Others than the lab used so much of the CPU that a wait for it may be theirs. */
export function isSharedWithOthers(cell: Cell): boolean {
  const others = othersCores(cell);
  return others !== null && others > SUSPECT_OTHERS;
}

function contendedReason(cell: Cell): VerdictReason | undefined {
  const waits = [
    { who: 'a thread of the server', wait: localServer(cell)?.use?.run_queue_ratio ?? null },
    { who: 'a thread of a subscriber process', wait: cell.clients_use?.run_queue_ratio ?? null },
  ].flatMap(({ who, wait }) => (wait === null ? [] : [{ who, wait }]));
  const { cpu_pressure_ratio: pressure } = cell.kernel;
  const byOthers = isSharedWithOthers(cell);
  const longest = waits.length === 0 ? pressure : Math.max(...waits.map(({ wait }) => wait));
  if (longest === null || longest <= (byOthers ? SUSPECT_WAIT : SUSPECT_OWN_WAIT)) return undefined;
  const facts = [
    ...waits.map(({ who, wait }) => `${who} waited for a CPU ${percent(wait)} of the window`),
    ...(pressure === null ? [] : [`something did ${percent(pressure)} of it (PSI)`]),
    ...(byOthers ? [`others on this machine used ${coresText(othersCores(cell)!)}`] : []),
  ];
  return suspect(
    'CPU_CONTENDED',
    facts.join(', '),
    byOthers
      ? 'stop what else runs (ps -eo pcpu,pid,comm --sort=-pcpu | head), and run again: the latencies show it'
      : 'server and subscribers want more cores than there are: lower --clients or --rate, or use more cores',
  );
}

function throttledReason(kernel: Cell['kernel']): VerdictReason | undefined {
  const { cpu_quota_cores: quota, cpu_throttled: found } = kernel;
  if (quota === null || found === null) return undefined;
  const { group, periods_ratio: periods, window_ratio: share, cpu_s: seconds } = found;
  if (periods === null || periods <= SUSPECT_THROTTLED) return undefined;
  const stood =
    seconds === null || share === null
      ? ''
      : `, for ${percent(share)} of the window (${duration(seconds * 1e6)}, over all CPUs)`;
  return suspect(
    'CPU_THROTTLED',
    `the lab used up its quota of ${Number(quota.toFixed(2))} CPUs in ${percent(periods)} of the periods and stood still for the rest of them${stood}: control group ${group}`,
    'the latencies show the quota: run without it (no --cpus, no CPUQuota=), or lower --rate or --clients',
  );
}

function stolenReason({ cpu_steal_ratio: stolen }: Cell['kernel']): VerdictReason | undefined {
  return stolen === null || stolen <= SUSPECT_STEAL
    ? undefined
    : suspect(
        'CPU_STOLEN',
        `the host of this virtual machine took ${percent(stolen)} of its CPU time for others`,
        'run again when the host is quieter, or on hardware of your own',
      );
}

/** That a process is at its limit is said only where its own CPU agrees. */
function saturation(
  who: 'SERVER' | 'SUBSCRIBER',
  use: ProcessUse | null,
  kernel: Cell['kernel'],
): VerdictReason | undefined {
  const utilization = use?.loop_utilization ?? 0;
  if (use === null || utilization < SUSPECT_UTILIZATION) return undefined;
  const message = `the event loop of a ${who.toLowerCase()} process was busy ${percent(utilization)} of the window`;
  if (!hadItsCpu(use, kernel))
    return suspect(
      `${who}_STARVED`,
      `${message} by the clock, and had ${coresText(use.busiest_cores ?? 0)} to be so: it was kept waiting`,
      `this says nothing of the limit of the ${who === 'SERVER' ? 'server' : 'subscribers'}: give the lab the CPU (no quota, a quiet machine, more cores), and run again`,
    );
  const hint =
    who === 'SERVER'
      ? 'the server is at its limit: lower --rate or --clients to measure latency rather than queueing'
      : 'the subscribers, not the transport, may be what was measured: lower --clients or --rate, or use more cores';
  return utilization >= SATURATED_UTILIZATION
    ? invalid(`${who}_SATURATED`, message, hint)
    : suspect(`${who}_BUSY`, message, hint);
}
