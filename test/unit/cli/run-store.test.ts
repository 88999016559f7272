import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { RunEvent } from '../../../bench/events.js';
import { foldCells } from '../../../bench/result/fold-cells.js';
import { cellsLines } from '../../../bench/result/read-cells.js';
import { RunLock } from '../../../cli/run/lock.js';
import { RunProgress } from '../../../cli/run/measured.js';
import { RunStore } from '../../../cli/run/store.js';
import { headOf } from '../../support/result/cells-text.js';
import { makeMatrix } from '../../support/result/result-factory.js';

const result = makeMatrix();
const ready: RunEvent = { type: 'ready', head: headOf(result) };
const cell = (index: number): RunEvent => ({
  type: 'cell-end',
  index,
  total: 4,
  result: result.cells[index]!,
});

let dir: string;
let said: string[];
let store: RunStore;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'lab-store-'));
  said = [];
  store = new RunStore('-o/--output', join(dir, 'out'), 'run', (text) => said.push(text));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const cellsIn = (name: string): number =>
  foldCells(readFileSync(join(dir, 'out', name, 'cells.ndjson'), 'utf8')).result.cells.length;

it('a cell is in the file as soon as it is over', () => {
  store.onEvent(ready);
  expect(cellsIn('run')).toBe(0);
  store.onEvent(cell(0));
  expect(cellsIn('run')).toBe(1);
  store.onEvent(cell(1));
  expect(cellsIn('run')).toBe(2);
  expect(said).toEqual([]);
});

it('counts the seconds of a run by no clock that can be set', () => {
  const monotonic = vi.spyOn(performance, 'now').mockReturnValue(500_000);
  vi.spyOn(Date, 'now').mockReturnValue(Date.parse('2031-01-01'));
  onTestFinished(() => void vi.restoreAllMocks());
  const progress = new RunProgress();
  const tell = (event: RunEvent): void => {
    store.onEvent(event);
    progress.onEvent(event);
  };
  tell({ type: 'start', cells: [], estimateSeconds: 1 });
  monotonic.mockReturnValue(502_500);
  for (const event of [ready, cell(0)]) tell(event);
  const text = readFileSync(join(dir, 'out', 'run', 'cells.ndjson'), 'utf8');
  expect(JSON.parse(text.trim().split('\n').at(-1)!)).toMatchObject({ elapsed_s: 2.5 });
  expect(progress.part({ code: 'QUIT', message: '' })?.end.duration_s).toBe(2.5);
});

it('a cell is in the file before its ceiling is known, and the ceiling when it is', () => {
  const measured = result.cells[0]!;
  const ceiling = { available: true, reason: null, messages_per_s: 5_000, ratio: 0.5 };
  const inFile = (): unknown =>
    foldCells(readFileSync(join(dir, 'out', 'run', 'cells.ndjson'), 'utf8')).result.cells;
  store.onEvent(ready);
  store.onEvent({ type: 'cell-measured', result: measured });
  expect(inFile()).toEqual([measured]);
  store.onEvent({ type: 'cell-end', index: 0, total: 4, result: { ...measured, ceiling } });
  expect(inFile()).toEqual([{ ...measured, ceiling }]);
  store.onEvent(cell(1));
  expect(inFile()).toEqual([{ ...measured, ceiling }, result.cells[1]]);
});

it('a folder whose name somebody else has taken meanwhile is theirs', () => {
  store.onEvent(ready);
  store.onEvent(cell(0));
  renameSync(join(dir, 'out', 'run'), join(dir, 'moved'));
  mkdirSync(join(dir, 'out', 'run'));
  writeFileSync(join(dir, 'out', 'run', 'cells.ndjson'), 'theirs');
  store.onEvent(cell(1));
  store.end({ duration_s: 9, repeat: result.repeat });
  expect(readFileSync(join(dir, 'out', 'run', 'cells.ndjson'), 'utf8')).toBe('theirs');
  expect(cellsIn('run-2')).toBe(2);
  expect(said).toEqual([expect.stringContaining('run-2 again')]);
});

it('what cannot be written is written when it can be, and both are said once', async () => {
  store.onEvent(ready);
  store.onEvent(cell(0));
  rmSync(join(dir, 'out'), { recursive: true });
  writeFileSync(join(dir, 'out'), 'in the way');
  store.onEvent(cell(1));
  store.onEvent(cell(2));
  expect(said).toEqual([expect.stringContaining('the run goes on')]);
  rmSync(join(dir, 'out'));
  store.onEvent(cell(3));
  expect(said).toHaveLength(2);
  expect(cellsIn('run')).toBe(4);
  await store.save(new Map([['result.json', 'text']]));
  store.release();
  expect(readdirSync(join(dir, 'out', 'run')).sort()).toEqual(['cells.ndjson', 'result.json']);
});

describe('a run that is resumed', () => {
  const path = (): string => join(dir, 'out', 'run', 'cells.ndjson');
  const { environment, noise_floor_us, baselines, baselines_other_sizes, links } = headOf(result);
  const session = {
    startedAt: '2026-11-22T08:00:00.000Z',
    ...{ environment, noise_floor_us, baselines, baselines_other_sizes, links },
  };
  const resume: RunEvent = { type: 'resume', session };

  /** Goes on with the text that is there, of which `written` lines have their line end. */
  function resumed(written: number, bytes: number): RunStore {
    const lines = Array.from(cellsLines(readFileSync(path(), 'utf8')), ([, line]) => line);
    const lock = new RunLock(join(dir, 'out', 'run'));
    const kept = { lock, lines, written, bytes, seconds: 3 };
    return new RunStore('--resume', join(dir, 'out'), 'run', (text) => said.push(text), kept);
  }

  beforeEach(() => {
    store.onEvent(ready);
    store.onEvent(cell(0));
    store.release();
  });

  it('is appended to its lines, half a line at their end cut off', () => {
    const before = readFileSync(path(), 'utf8');
    appendFileSync(path(), '{"event":"cell","elap');
    const next = resumed(2, Buffer.byteLength(before));
    expect(readFileSync(path(), 'utf8')).toBe(before);
    next.onEvent(resume);
    next.onEvent(cell(1));
    next.release();
    expect(readFileSync(path(), 'utf8').startsWith(before)).toBe(true);
    expect(cellsIn('run')).toBe(2);
  });

  it('gets the line end that a power cut took', () => {
    const before = readFileSync(path(), 'utf8');
    truncateSync(path(), Buffer.byteLength(before) - 1);
    resumed(1, Buffer.byteLength(before.slice(0, before.indexOf('\n') + 1))).release();
    expect(readFileSync(path(), 'utf8')).toBe(before);
  });

  it('and measures nothing leaves the folder as it was', () => {
    const before = readFileSync(path(), 'utf8');
    const next = resumed(2, Buffer.byteLength(before));
    next.onEvent(resume);
    expect(readFileSync(path(), 'utf8')).not.toBe(before);
    next.discard();
    expect(readFileSync(path(), 'utf8')).toBe(before);
    expect(readdirSync(join(dir, 'out', 'run'))).toEqual(['cells.ndjson']);
  });
});

it('of a run without a cell nothing is left, but for what somebody else has put there', () => {
  store.onEvent(ready);
  const other = new RunStore('-o/--output', join(dir, 'out'), 'run', () => {});
  other.onEvent(ready);
  writeFileSync(join(other.path, 'notes.txt'), 'mine');
  other.discard();
  expect(readdirSync(join(dir, 'out', 'run-2'))).toEqual(['notes.txt']);
  rmSync(join(dir, 'out', 'run-2'), { recursive: true });
  store.discard();
  expect(readdirSync(dir)).toEqual([]);
});
