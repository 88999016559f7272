/** What repair of UDP did, cell by cell. */
import type { CellResult, LabResult } from '../../../bench/result/result.js';
import { formatBytes, formatInteger, formatMicros, formatPercent } from '../../format.js';
import { markedName } from '../../model/cells.js';
import { differingTable } from '../details/shared.js';
import { type Column, escapeMarkdown, section } from '../text.js';

type Repairs = NonNullable<CellResult['repairs']>;
type RepairedCell = CellResult & { readonly repairs: Repairs };

/** Empty where nothing was repaired by any means. */
export function repairsSection(result: LabResult): string {
  const cells = result.cells.filter((cell): cell is RepairedCell => cell.repairs !== null);
  if (cells.length === 0) return '';
  const name: Column<RepairedCell> = {
    title: 'Cell',
    kind: 'label',
    cell: (cell) => escapeMarkdown(markedName(cell, result)),
  };
  return section(
    'Repair',
    'From the beginning of the window until the end of the drain, all clients together. Messages: repaired ones are delivered, late ones came after the deadline of repair, of superseded ones there is a later one of the same key. Datagrams: spurious is where the original came as well; parities or copies are those that came, and used those of them that brought back a datagram. Ranges: futile ones were asked for and did not come in time (parities: more was missing than they could rebuild), gone ones were no longer retained, withheld ones had no budget. Repair is measured from when a client missed something; overhead is bytes sent again, of all others.',
    differingTable([name, ...COLUMNS], cells),
  );
}

function counted(title: string, of: (repairs: Repairs) => string): Column<RepairedCell> {
  return { title, kind: 'number', cell: ({ repairs }) => of(repairs) };
}

const COLUMNS: readonly Column<RepairedCell>[] = [
  counted('Repaired', ({ repaired }) => formatInteger(repaired)),
  counted('p50', ({ repair_us }) => formatMicros(repair_us.p50)),
  counted('p99', ({ repair_us }) => formatMicros(repair_us.p99)),
  counted('Late', ({ late }) => formatInteger(late)),
  counted('Superseded', ({ superseded }) => formatInteger(superseded)),
  counted('Spurious', ({ spurious }) => formatInteger(spurious)),
  counted('Parities or copies', ({ redundancy }) => formatInteger(redundancy?.received ?? null)),
  counted('… used', ({ redundancy }) => formatInteger(redundancy?.used ?? null)),
  counted('Futile', ({ futile }) => formatInteger(futile)),
  counted('Gone', ({ gone }) => formatInteger(gone)),
  counted('Withheld', ({ withheld }) => formatInteger(withheld)),
  counted('Sent again', ({ sent_bytes }) => formatBytes(sent_bytes)),
  counted('Overhead', ({ overhead }) => formatPercent(overhead)),
];
