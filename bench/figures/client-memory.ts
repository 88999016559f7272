/** What one more idle subscriber costs the server, and how far that can be told. Pure. */
import type { CellRecord } from '../cell-record.js';
import { FEWEST_TO_WEIGH } from '../config.js';
import type { HeldReading } from '../ipc/server.js';
import type { CellResult } from '../result/result.js';

type PerClient = Pick<
  CellResult['rss_bytes'],
  'server_per_client' | 'server_per_client_error' | 'server_per_client_reason'
>;

/** With fewer steps their scatter says too little. */
const FEWEST_STEPS = 5;

/** The sockets and their buffers are the kernel's, and in nobody's memory. */
export function memoryPerClient({ servers, joined }: CellRecord): PerClient {
  if (servers.length === 0) return none('the server left no report');
  if (joined < FEWEST_TO_WEIGH)
    return none(
      `fewer than ${FEWEST_TO_WEIGH.toLocaleString('en-US')} clients take little more than the noise`,
    );
  const readings = servers.map(({ held }) => held);
  if (!readings.every((held) => held !== null))
    return none('the memory in use of a server could not be read: that takes koffi and glibc');
  const steps = readings.flatMap(stepsOf);
  if (steps.length < FEWEST_STEPS)
    return none('its memory could not be read often enough while the clients joined');
  const { ratio, error } = growth(steps);
  if (ratio <= 0)
    return none('its memory did not grow: the clients found room in what it already had');
  if (error >= ratio)
    return none(
      `it cannot be told from the noise: ${inKilobytes(ratio)} ± ${inKilobytes(error)} a client`,
    );
  return {
    server_per_client: ratio,
    server_per_client_error: error,
    server_per_client_reason: null,
  };
}

interface Step {
  readonly clients: number;
  readonly bytes: number;
}

/** Growth from each reading to the next. */
function stepsOf(readings: readonly HeldReading[]): Step[] {
  return readings
    .slice(1)
    .map(({ clients, bytes }, i) => {
      const before = readings[i] as HeldReading;
      return { clients: clients - before.clients, bytes: bytes - before.bytes };
    })
    .filter(({ clients, bytes }) => clients !== 0 || bytes !== 0);
}

/**
 * Bytes per client over all steps, and half the width of its 95 % confidence interval: the ratio
 * estimator of survey sampling (Cochran, Sampling Techniques, 1977, 6.19) with Student's t. Memory
 * grows in leaps, which add up: repeated readings of one state would agree far better than runs do.
 */
function growth(steps: readonly Step[]): { readonly ratio: number; readonly error: number } {
  const clients = steps.reduce((sum, step) => sum + step.clients, 0);
  const ratio = steps.reduce((sum, { bytes }) => sum + bytes, 0) / clients;
  const squares = steps.reduce((sum, step) => sum + (step.bytes - ratio * step.clients) ** 2, 0);
  const { length: n } = steps;
  return { ratio, error: (student(n - 1) * Math.sqrt((n / (n - 1)) * squares)) / clients };
}

/**
 * 0.975 quantile of Student's t with `df` ≥ 4 degrees of freedom, within 0.3 %: Cornish and
 * Fisher's expansion (Abramowitz and Stegun 26.7.5).
 */
function student(df: number): number {
  return 1.95996 + 2.37227 / df + 2.8225 / df ** 2 + 2.55585 / df ** 3;
}

function none(reason: string): PerClient {
  return {
    server_per_client: null,
    server_per_client_error: null,
    server_per_client_reason: reason,
  };
}

function inKilobytes(bytes: number): string {
  return `${(bytes / 1_000).toFixed(1)} kB`;
}
