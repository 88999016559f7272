import { expect, it } from 'vitest';
import type { CellResult, LabResult } from '../../../../bench/result/result.js';
import { changedTargets } from '../../../../bench/result/server.js';
import { makeCell } from '../../../support/result/cell-factory.js';

/** A cell of the target of this transport, with the epochs of its subscribers. */
function cellOf(transport: string, epochs: string[] | null, run = 1): CellResult {
  const server = {
    kind: 'target' as const,
    url: `${transport}://h:7400`,
    epochs,
    same_machine: true,
    common_clock: true,
    clock_correction_us: 0,
    latency_error_us: 0,
    clock_offset_us: { min: 0, max: 0 },
  };
  return { ...makeCell({ transport, run }), server };
}

/** Sessions by the cells that each measured. */
function sessionsOf(...parts: CellResult[][]): NonNullable<LabResult['sessions']> {
  return parts.map((cells) => ({ cells: cells.map(({ id }) => id) })) as never;
}

it('a target is one server as long as every cell has the same epoch', () => {
  const cells = [cellOf('tcp', ['a']), cellOf('tcp', ['a'], 2), cellOf('udp', ['b'])];
  expect(changedTargets({ cells })).toEqual([]);
});

it('a target of two epochs is not, in two cells or in one', () => {
  const cells = [cellOf('tcp', ['a']), cellOf('tcp', ['b'], 2), cellOf('udp', ['a'])];
  expect(changedTargets({ cells })).toEqual(['tcp://h:7400']);
  expect(changedTargets({ cells: [cellOf('udp', ['a', 'b'])] })).toEqual(['udp://h:7400']);
});

it('sessions that have no epoch in common are of different servers, whatever each measured', () => {
  const [first, second] = [[cellOf('tcp', ['a'])], [cellOf('udp', ['b'])]];
  const cells = [...first, ...second];
  expect(changedTargets({ cells, sessions: sessionsOf(first, second) })).toEqual([
    'tcp://h:7400',
    'udp://h:7400',
  ]);
  expect(changedTargets({ cells, sessions: sessionsOf(cells) })).toEqual([]);
});

it('nothing is said where nothing was recorded, and of servers of the lab', () => {
  const cells = [cellOf('tcp', null), cellOf('tcp', [], 2), cellOf('tcp', ['a'], 3), makeCell()];
  expect(changedTargets({ cells, sessions: sessionsOf([cells[0]!], [cells[2]!]) })).toEqual([]);
});
