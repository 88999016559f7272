/**
 * What the self-test found, on a terminal: every figure beside its truth, the noise floor, the
 * outcome. Pure.
 */
import type { SelftestCheck } from '../../bench/selftest/check.js';
import type { SelftestResult } from '../../bench/selftest/selftest.js';
import { formatInteger, formatMicros, MISSING } from '../../reports/format.js';
import { plural } from '../../reports/model/cells.js';
import { type Column, renderGrid } from './grid.js';
import type { Style } from './style.js';
import { labelled, MAX_WIDTH } from './text.js';

const COLUMNS: readonly Column<SelftestCheck>[] = [
  {
    title: 'verdict',
    align: 'left',
    cell: ({ passed }) => (passed ? '✔ pass' : '✘ fail'),
    format: ({ passed }) => (passed ? 'green' : 'red'),
  },
  { title: 'figure', align: 'left', cell: ({ name }) => name, shrinkTo: 20 },
  { title: 'injected', align: 'right', cell: ({ injected }) => amount(injected) },
  { title: 'recovered', align: 'right', cell: ({ recovered }) => amount(recovered) },
  { title: 'unit', align: 'left', cell: ({ unit }) => (unit === 'us' ? 'µs' : unit), spare: 1 },
  { title: 'tolerance', align: 'right', cell: tolerance, spare: 2 },
];

/**
 * A tolerance below this share of the value allows for the last digits of a double, nothing else.
 */
const ROUNDING = 1e-6;

/** Ends in a newline. `width`: columns of the terminal. */
export function renderSelftest(result: SelftestResult, width: number, style: Style): string {
  const { checks, noise_floor_us: floor, broken } = result;
  const columns = Math.min(width, MAX_WIDTH);
  const missed = checks.filter(({ passed }) => !passed).length;
  const outcome =
    missed === 0
      ? style('green', `✔ all ${checks.length} figures recovered within tolerance`)
      : style('red', `✘ ${missed} of ${plural(checks.length, 'figure')} not recovered`);
  const noise =
    floor === null
      ? 'could not be measured here'
      : `p50 ${formatMicros(floor.p50)}, p99 ${formatMicros(floor.p99)}, max ${formatMicros(floor.max)}: latency of a path without delay`;
  return [
    renderGrid(COLUMNS, [{ title: null, rows: checks }], columns, style),
    '',
    ...(broken === null
      ? []
      : [labelled('fault', `injected on purpose: the instrument ${broken}`, columns, style)]),
    labelled('floor', noise, columns, style),
    labelled('seed', String(result.seed), columns, style),
    '',
    outcome,
    '',
  ].join('\n');
}

function tolerance({ injected, tolerance }: SelftestCheck): string {
  return tolerance <= Math.abs(injected) * ROUNDING ? 'exact' : `± ${amount(tolerance)}`;
}

/** Every digit of a whole number, six of any other. */
function amount(value: number | null): string {
  if (value === null) return MISSING;
  return Number.isInteger(value) ? formatInteger(value) : String(Number(value.toPrecision(6)));
}
