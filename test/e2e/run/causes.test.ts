/**
 * What keeps a run from the CPU is named as the cause: provoked for real by a quota, by neighbours
 * that burn the CPU, and by processes that are stopped.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type LabResult, resultSchema } from '../../../bench/result/result.js';
import { finish, start } from '../../support/cli/lab.js';
import { makeCpuGroup } from '../../support/run/cpu-group.js';
import { freezeFor, inWindow, SERVER, SUBSCRIBERS } from '../../support/run/faults.js';
import { codesOf, labRun } from '../../support/run/lab-run.js';

const linux = process.platform === 'linux';

/** As many as keep every core of a small machine busy. */
function burnCpu(neighbours: number): void {
  const burners = Array.from(
    { length: neighbours },
    (): ChildProcess => spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }),
  );
  onTestFinished(() => {
    for (const burner of burners) burner.kill('SIGKILL');
  });
}

describe.runIf(linux)('a run in a control group of 0.4 CPUs', () => {
  it('is SUSPECT by the quota, with the share that it took; the machine is said to have it', async (context) => {
    const group = makeCpuGroup(0.4);
    if (group === null) return context.skip('no control group can be made here');
    onTestFinished(() => group.remove());
    const load = [
      '-t',
      'tcp',
      '-k',
      'line-json',
      '-c',
      '200',
      '-r',
      '200',
      '-d',
      '1s',
      '-w',
      '200ms',
    ];
    const child = start(['run', ...load, '--json', '--no-save', '-q', '--skip-baselines'], {
      through: group.through,
    });
    const { stdout, stderr } = await finish(child);
    const result: LabResult = resultSchema.parse(JSON.parse(stdout || `"${stderr}"`));
    const [cell] = result.cells;
    expect(cell?.kernel.cpu_quota_cores).toBe(0.4);
    expect(cell?.kernel.cpu_throttled).toMatchObject({ group: group.folder });
    const reason = cell?.verdict.reasons.find(({ code }) => code === 'CPU_THROTTLED');
    expect(reason?.severity).toBe('SUSPECT');
    expect(reason?.message).toMatch(
      /quota of 0\.4 CPUs in \d+\.\d % of the periods .* for \d+\.\d % of the window/,
    );
    expect(result.environment.cpu_quota_cores).toBe(0.4);
    expect(result.environment.doctor.find(({ check }) => check === 'cores')).toMatchObject({
      status: 'bad',
      value: expect.stringContaining(`a quota of 0.4 CPUs (${group.folder})`),
    });
  });
});

describe.runIf(linux)('a run beside others that want the CPU', () => {
  it('is SUSPECT by them, and says how many cores they used', async () => {
    burnCpu(4);
    const { cells } = await labRun({ clients: [100], durationsMs: [1_000] });
    const reason = cells[0]?.verdict.reasons.find(({ code }) => code === 'CPU_CONTENDED');
    expect(reason?.severity).toBe('SUSPECT');
    expect(reason?.message).toMatch(/others on this machine used \d+\.\d\d (of a core|cores)/);
    expect(reason?.hint).toMatch(/^stop what else runs/);
  });
});

describe.runIf(linux)('a process that stands still for 300 ms', () => {
  const load = {
    ratesPerSecond: [500],
    durationsMs: [1_500],
    warmupMs: 200,
    subscriberProcesses: 1,
  };

  it.each([
    // Its kernel keeps one stamp for all that came meanwhile: they are in the receipt only.
    ['tcp', 'undated', 'ARRIVAL_UNDATED'],
    ['udp', 'stamped', 'INSTRUMENT_DOMINATES'],
  ])(
    'of the subscribers is named as the instrument over %s, and what came meanwhile is %s',
    async (transport, how, reason) => {
      const onEvent = inWindow(() => freezeFor(SUBSCRIBERS, 300));
      const [cell] = (await labRun({ ...load, transports: [transport] }, { onEvent })).cells;
      expect(codesOf(cell!)).toContain('PROCESS_STALLED');
      expect(cell?.verdict.status).not.toBe('VALID');
      expect(cell?.receipt_us.p99).toBeGreaterThan(150_000);
      if (cell?.receiver !== 'native') return;
      // The kernel had each of them as early as ever: what stood still is not in the latency.
      expect(cell.latency_at).toBe('arrival');
      expect(codesOf(cell)).toContain(reason);
      expect((cell.undated ?? 0) > 0).toBe(how === 'undated');
      expect(cell.arrival_us?.p99).toBeLessThan(100_000);
      expect(cell.arrival_us?.count).toBe((cell.delivered ?? 0) - (cell.undated ?? 0));
    },
  );

  it('of the server is in the latency of every message that was due meanwhile', async () => {
    const onEvent = inWindow(() => freezeFor(SERVER, 300));
    const [cell] = (await labRun(load, { onEvent })).cells;
    // A fifth of the messages were due in it; half of these for longer than 150 ms.
    expect(cell?.latency_us.max).toBeGreaterThan(250_000);
    expect(cell?.latency_us.p99).toBeGreaterThan(200_000);
  });
});
