import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import type { ReceiverChoice } from '../../../bench/config.js';
import type { Phase, RunEvent } from '../../../bench/events.js';
import type { CellResult } from '../../../bench/result/result.js';
import {
  beforeTheyConnect,
  cellByCell,
  freePort,
  leaveDescriptors,
  leaveSubscribers,
} from '../../support/run/faults.js';
import { childrenOf, codesOf, isAlive, labRun, SMALL } from '../../support/run/lab-run.js';

const linux = describe.runIf(process.platform === 'linux');

/** Calls `action` the first time this phase begins. */
function onPhase(phase: Phase, action: () => void): (event: RunEvent) => void {
  let done = false;
  return (event) => {
    if (done || event.type !== 'phase' || event.phase !== phase) return;
    done = true;
    action();
  };
}

async function kill9(script: string): Promise<void> {
  for (const pid of await childrenOf(process.pid, script)) process.kill(pid, 'SIGKILL');
}

function expectNoFigures(cell: CellResult): void {
  expect(cell).toMatchObject({
    incomplete: true,
    delivered: null,
    expected: null,
    latency_us: { count: 0 },
    ledger: { balanced: null },
  });
  expect(cell.verdict.status).toBe('INVALID');
  expect(codesOf(cell)).toEqual(['WORKER_DIED']);
}

function expectBalance(cell: CellResult): void {
  const { ledger, latency_us: latency, delivered, lost, undated } = cell;
  expect(ledger).toMatchObject({ balanced: true, unattributed: 0 });
  expect(delivered! + lost!).toBe(ledger.published! * ledger.joined);
  // What lay unread while a busy machine let the subscribers stand still has no arrival.
  expect(latency.count + (undated ?? 0)).toBe(delivered);
}

async function expectNobodyLeft(): Promise<void> {
  expect(await childrenOf(process.pid, 'bench/worker-')).toEqual([]);
}

linux('a worker killed in the window', () => {
  it.each<[string, string, ReceiverChoice]>([
    ['bench/worker-subscriber/main.js', 'subscriber', 'auto'],
    ['bench/worker-subscriber/main.js', 'subscriber', 'node'],
    ['bench/worker-server/main.js', 'server', 'auto'],
  ])(
    '%s: its cell is INVALID and without figures, the next one runs, nothing is left (%s, receiver %s)',
    async (script, name, receiver) => {
      const { cells, incomplete } = await labRun(
        {
          codecs: ['line-json', 'msgpack'],
          subscriberProcesses: 2,
          clients: [30],
          durationsMs: [600],
          receiver,
        },
        { onEvent: onPhase('measure', () => void kill9(script)) },
      );
      expect(cells).toHaveLength(2);
      expectNoFigures(cells[0]!);
      expect(cells[0]!.verdict.reasons[0]!.message).toMatch(
        new RegExp(`^the ${name}.* process was killed by SIGKILL`),
      );
      // Many joined, and that is nothing to be warned of.
      expect(cells[0]!.verdict.reasons[0]!.hint ?? '').not.toContain('Warning');
      expect(cells[1]).toMatchObject({ incomplete: false, published: 120, delivered: 3_600 });
      expectBalance(cells[1]!);
      expect(incomplete).toBe(true);
      await expectNobodyLeft();
    },
  );
});

describe('the stop signal', () => {
  it('in the window: what was published until then is drained and balances, and no further cell runs', async () => {
    const stop = new AbortController();
    let cells = 0;
    const result = await labRun(
      { codecs: ['line-json', 'msgpack'], durationsMs: [60_000], tmaxMs: 1_000 },
      {
        stop: stop.signal,
        onEvent: (event) => {
          if (event.type === 'cell-start') cells += 1;
          if (event.type === 'interval' && event.elapsedSeconds > 0.5) stop.abort();
        },
      },
    );
    expect(cells).toBe(1);
    expect(result.incomplete).toBe(true);
    const cell = result.cells[0]!;
    expect(cell.incomplete).toBe(true);
    expect(codesOf(cell)).toContain('INTERRUPTED');
    // At 200/s, about half a second of it; certainly not a minute.
    expect(cell.published).toBeGreaterThan(90);
    expect(cell.published).toBeLessThan(12_000);
    expect(cell.delivered).toBe(cell.published! * 10);
    expect(cell.rate_ratio).toBeNull();
    // Per second of what there was of the window.
    expect(cell.goodput.messages_per_s).toBeGreaterThan(1_000);
    expectBalance(cell);
  });

  it('in the warm-up: there is nothing in the cell, and nobody is said to have been busy', async () => {
    const stop = new AbortController();
    const { cells } = await labRun(
      { warmupMs: 60_000 },
      { stop: stop.signal, onEvent: onPhase('warm-up', () => setImmediate(() => stop.abort())) },
    );
    const cell = cells[0]!;
    expect(cell).toMatchObject({
      incomplete: true,
      published: 0,
      expected: 0,
      loss_ratio: null,
      server: { use: { cpu_us: null, cpu_cores: null, loop_utilization: null } },
      clients_use: { cpu_us: null, cpu_cores: null, loop_utilization: null },
      wire: { messages_per_send: null, message_bytes: null },
    });
    expect(codesOf(cell)).toEqual(['INTERRUPTED', 'NOTHING_DELIVERED']);
  });

  it('after everything was published it takes nothing away from the cell', async () => {
    const stop = new AbortController();
    const { cells, incomplete } = await labRun(
      {},
      { stop: stop.signal, onEvent: onPhase('drain', () => stop.abort()) },
    );
    expect(cells[0]).toMatchObject({ incomplete: false, published: 100, delivered: 1_000 });
    expect(codesOf(cells[0]!)).not.toContain('INTERRUPTED');
    expect(incomplete).toBe(false);
  });

  it('before the first cell gives a result without cells', async () => {
    const result = await labRun({}, { stop: AbortSignal.abort() });
    expect(result).toMatchObject({ incomplete: true, cells: [] });
  });
});

describe('the kill signal', () => {
  it.each<Phase>(['connect', 'measure', 'collect'])(
    'in phase %s rejects with its reason',
    async (phase) => {
      const kill = new AbortController();
      const reason = new Error('enough');
      const run = labRun(
        { durationsMs: phase === 'measure' ? [60_000] : [200] },
        { kill: kill.signal, onEvent: onPhase(phase, () => kill.abort(reason)) },
      );
      await expect(run).rejects.toBe(reason);
      if (process.platform === 'linux') await expectNobodyLeft();
    },
  );

  it('after a stop, and while nothing but the baselines runs, rejects too', async () => {
    const stop = new AbortController();
    const kill = new AbortController();
    const reason = new Error('enough');
    const onEvent = (event: RunEvent): void => {
      if (event.type !== 'baseline') return;
      stop.abort();
      kill.abort(reason);
    };
    const run = labRun({ baselines: true }, { stop: stop.signal, kill: kill.signal, onEvent });
    await expect(run).rejects.toBe(reason);
  });
});

linux('a coordinator killed with SIGKILL', () => {
  let coordinator: ChildProcess | undefined;
  afterEach(() => coordinator?.kill('SIGKILL'));

  it('takes its workers with it', async () => {
    const runner = fileURLToPath(new URL('../../../dist/bench/run/runner.js', import.meta.url));
    const script = `
      const { runMatrix } = await import(${JSON.stringify(runner)});
      const never = new AbortController().signal;
      const config = ${JSON.stringify({ ...SMALL, durationsMs: [60_000], subscriberProcesses: 2 })};
      const onEvent = ({ type, phase }) => { if (phase === 'measure') process.stdout.write('measuring'); };
      await runMatrix(config, { command: '', supplied: [] }, { onEvent, stop: never, kill: never });`;
    coordinator = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(coordinator.stdout!, 'data');
    const workers = await childrenOf(coordinator.pid as number, 'bench/worker-');
    expect(workers).toHaveLength(3);
    coordinator.kill('SIGKILL');
    await expect
      .poll(async () => Promise.all(workers.map(isAlive)), { timeout: 10_000 })
      .toEqual([false, false, false]);
  });
});

describe('a server that cannot serve', () => {
  it('on a port in use ends the run with LAB_ERR_PORT_IN_USE', async () => {
    const squatter = createServer().listen(0, '127.0.0.1');
    await once(squatter, 'listening');
    const { port } = squatter.address() as AddressInfo;
    try {
      await expect(labRun({ port })).rejects.toMatchObject({
        code: 'LAB_ERR_PORT_IN_USE',
        message: expect.stringContaining(String(port)),
      });
    } finally {
      squatter.close();
    }
    if (process.platform === 'linux') await expectNobodyLeft();
  });

  it('on a port that is stolen between two cells costs that cell, and the others are measured', async () => {
    const squatter = createServer();
    const port = await freePort();
    const result = await labRun(
      { port, clients: [1, 2, 3], durationsMs: [200] },
      {
        onEvent: (event) => {
          if (event.type !== 'cell-end') return;
          if (event.index === 0) squatter.listen(port, '127.0.0.1');
          if (event.index === 1) squatter.close();
        },
      },
    );
    expect(
      result.cells.map((cell) => [cell.clients, cell.incomplete, cell.delivered! > 0]),
    ).toEqual([
      [1, false, true],
      [2, true, false],
      [3, false, true],
    ]);
    expect(codesOf(result.cells[1]!)).toEqual(['PORT_IN_USE']);
    expect(result.incomplete).toBe(true);
    expect(result.ended).toBeUndefined();
    if (process.platform === 'linux') await expectNobodyLeft();
  });

  it('is not asked to when the preflight finds fault', async () => {
    const events: RunEvent[] = [];
    const run = labRun(
      { source: 'replay:/no/such.csv' },
      { onEvent: (event) => events.push(event) },
    );
    await expect(run).rejects.toMatchObject({ code: 'LAB_ERR_SOURCE_UNREADABLE' });
    expect(events).toEqual([]);
  });
});

linux('subscribers that cannot join', () => {
  it.each<ReceiverChoice>(['auto', 'node'])(
    'for want of descriptors in their own process cost the cell its validity, and the next one runs (receiver %s)',
    async (receiver) => {
      const { cells } = await labRun(
        { codecs: ['line-json', 'msgpack'], clients: [300], ratesPerSecond: [20], receiver },
        { onEvent: cellByCell(beforeTheyConnect(() => leaveSubscribers(150))) },
      );
      const [short, whole] = cells as [CellResult, CellResult];
      expect(short.joined).toBeLessThan(300);
      const { message, hint } = short.verdict.reasons.find(
        ({ code }) => code === 'READINESS_INCOMPLETE',
      )!;
      expect(message).toContain(`only ${short.joined} of 300 clients`);
      expect(message).toContain(`${300 - short.joined} × `);
      expect(message).toContain('EMFILE');
      expect(hint).toContain('ulimit -n');
      expectBalance(short);
      expect(whole).toMatchObject({ joined: 300, incomplete: false });
      expectBalance(whole);
      await expectNobodyLeft();
    },
  );

  it('make the cell INVALID: READINESS_INCOMPLETE, with the number and the reason', async () => {
    const port = await freePort();
    const { cells } = await labRun(
      { port, clients: [30], ratesPerSecond: [50] },
      { onEvent: beforeTheyConnect(() => leaveDescriptors(port, 10)) },
    );
    const cell = cells[0]!;
    expect(cell.joined).toBeGreaterThan(0);
    expect(cell.joined).toBeLessThan(30);
    expect(cell.verdict.status).toBe('INVALID');
    expect(codesOf(cell)).toContain('READINESS_INCOMPLETE');
    const { message } = cell.verdict.reasons.find(({ code }) => code === 'READINESS_INCOMPLETE')!;
    expect(message).toContain(`${cell.joined} of 30`);
    // A connection that is turned away ends or is reset, as it happens: two reasons.
    const counts = [...message.matchAll(/(\d+) × /g)].map(([, count]) => Number(count));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(30 - cell.joined);
    // A server without a descriptor to spare paces its feed all the same.
    expect(codesOf(cell)).not.toContain('WORKER_DIED');
    expect(cell.published).toBeGreaterThan(0);
    expectBalance(cell);
  });
});
