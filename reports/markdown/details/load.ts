/**
 * What the machine was doing: the reader sees whether a transport was measured, or a saturated
 * client or generator.
 */

import type { CellResult, LabResult, ProcessUse } from '../../../bench/result/result.js';
import { localServer } from '../../../bench/result/server.js';
import {
  formatBytes,
  formatBytesWithin,
  formatMicros,
  formatPercent,
  MISSING,
} from '../../format.js';
import { markedName } from '../../model/cells.js';
import { type Column, escapeMarkdown, section } from '../text.js';
import { differingTable } from './shared.js';

export function loadSection(result: LabResult): string {
  if (result.cells.length === 0) return '';
  const columns: [Column<CellResult>, ...Column<CellResult>[]] = [
    { title: 'Cell', kind: 'label', cell: (cell) => escapeMarkdown(markedName(cell, result)) },
    { title: 'Rate achieved', kind: 'number', cell: (cell) => formatPercent(cell.rate_ratio) },
    {
      title: 'Send lag p99',
      kind: 'number',
      cell: (cell) => formatMicros(localServer(cell)?.schedule_lag_us.p99 ?? null),
    },
    ...useColumns('Server', (cell) => localServer(cell)?.use ?? null),
    ...memoryPerClient(result),
    ...useColumns('Clients', (cell) => cell.clients_use),
    ...machine(result),
  ];
  return section(
    'Load on the machine',
    'Was the transport measured, or something that had run out of CPU? Cores: CPU time ÷ window. Loop: busiest event loop, and the 99th percentile of its delay.',
    isMachineKnown(result) ? MACHINE : '',
    differingTable(columns, result.cells),
    noiseFloor(result),
  );
}

/** Only where it could be told: small cells have none. */
function memoryPerClient({ cells }: LabResult): Column<CellResult>[] {
  if (cells.every(({ rss_bytes: { server_per_client: bytes } }) => bytes === null)) return [];
  return [
    {
      title: 'Server memory per idle client',
      kind: 'number',
      cell: ({ rss_bytes: { server_per_client: bytes, server_per_client_error: error } }) =>
        formatBytesWithin(bytes, error),
    },
  ];
}

const MACHINE =
  'Wait: share of the window in which a thread was ready and waited for a CPU. Machine: cores that were busy, whoever used them, and the share of the window in which anything waited for one (PSI).';

/** An earlier lab did not ask, and not every kernel tells. */
function isMachineKnown({ cells }: LabResult): boolean {
  return cells.some(({ kernel }) => kernel.cpu_busy_cores !== null);
}

function machine(result: LabResult): Column<CellResult>[] {
  if (!isMachineKnown(result)) return [];
  const wait = (
    title: string,
    of: (cell: CellResult) => ProcessUse | null,
  ): Column<CellResult> => ({
    title,
    kind: 'number',
    cell: (cell) => formatPercent(of(cell)?.run_queue_ratio ?? null),
  });
  return [
    wait('Server wait', (cell) => localServer(cell)?.use ?? null),
    wait('Clients wait', (cell) => cell.clients_use),
    {
      title: 'Machine',
      kind: 'number',
      cell: ({ kernel: { cpu_busy_cores: busy, cpu_pressure_ratio: pressure } }) =>
        `${busy?.toFixed(2) ?? MISSING}, ${formatPercent(pressure)}`,
    },
  ];
}

/** A latency near the floor says as much about the instrument as about the transport. */
function noiseFloor({ noise_floor_us: floor }: LabResult): string {
  if (floor === null) return '';
  const figures = `p50 ${formatMicros(floor.p50)}, p99 ${formatMicros(floor.p99)}, max ${formatMicros(floor.max)}`;
  return `Noise floor, before the load: ${figures}. That is the instrument alone, without a network or a second process: a latency near it shows the instrument as much as the transport. \`lab selftest\` holds the instrument against known faults.`;
}

function useColumns(
  who: string,
  of: (cell: CellResult) => ProcessUse | null,
): Column<CellResult>[] {
  const column = (title: string, show: (use: ProcessUse) => string): Column<CellResult> => ({
    title: `${who} ${title}`,
    kind: 'number',
    cell: (cell) => {
      const use = of(cell);
      return use === null ? MISSING : show(use);
    },
  });
  return [
    column('cores', (use) => `${use.cpu_cores?.toFixed(2) ?? MISSING} in ${use.processes} proc.`),
    column(
      'loop',
      (use) => `${formatPercent(use.loop_utilization)}, ${formatMicros(use.loop_delay_us.p99)}`,
    ),
    column('peak RSS', (use) => formatBytes(use.rss_peak_bytes)),
  ];
}
