/**
 * Signals as they come from terminals, `timeout`, service managers and aborted CI jobs, to real
 * processes.
 */
import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LabResult } from '../../../bench/result/result.js';
import { anyAlive, familyOf, finish, start } from '../../support/cli/lab.js';
import { childrenOf } from '../../support/run/lab-run.js';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'lab-stops-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const RUN = [
  ...['run', '-t', 'tcp', '-k', 'msgpack', '-c', '4', '-r', '200', '-d', '60s', '-w', '0'],
  ...['--skip-baselines', '--json-stream', '--no-save'],
];

/** Calls `action` when the window has been open for a moment. */
function inTheWindow(child: ChildProcess, action: () => void): void {
  child.stdout?.on('data', function look(chunk) {
    if (!/"phase":"measure","elapsed_s":0\.[5-9]/.test(String(chunk))) return;
    child.stdout?.off('data', look);
    action();
  });
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Gone meanwhile, as short-lived ones are.
  }
}

function lastEvent(stdout: string): { readonly event: string; readonly data: LabResult } {
  return JSON.parse(stdout.trimEnd().split('\n').at(-1)!);
}

const linux = describe.runIf(process.platform === 'linux');

linux('a signal to every process of a run', () => {
  it.each(['SIGTERM', 'SIGHUP', 'SIGINT'] as const)(
    '%s ends it with figures, as one wish',
    async (signal) => {
      const child = start(RUN, { cwd: dir });
      inTheWindow(child, () => {
        // The group first, as `timeout` and terminals do; then one by one, as service managers do.
        process.kill(-child.pid!, signal);
        for (const pid of familyOf(child)) send(pid, signal);
      });
      const { code, stdout } = await finish(child);
      expect(code).toBe(130);
      const { event, data } = lastEvent(stdout);
      expect(event).toBe('end');
      const [cell] = data.cells;
      expect(cell!.verdict.reasons.map((reason) => reason.code)).toContain('INTERRUPTED');
      expect(cell!.verdict.reasons.map((reason) => reason.code)).not.toContain('WORKER_DIED');
      expect(cell!.delivered).toBeGreaterThan(0);
      expect(cell).toMatchObject({ loss_ratio: 0, ledger: { balanced: true } });
      expect(anyAlive(child)).toBe(false);
    },
  );

  it('that cannot be caught leaves none of them', async () => {
    const child = start(RUN, { cwd: dir });
    inTheWindow(child, () => child.kill('SIGKILL'));
    expect((await finish(child)).code).toBeNull();
    await expect.poll(() => anyAlive(child)).toBe(false);
  });
});

linux('lab serve', () => {
  const SERVE = ['serve', '--port', '0', '--no-http', '--json'];

  async function serving(through?: readonly string[]): Promise<ChildProcess> {
    const child = start(SERVE, { cwd: dir, ...(through === undefined ? {} : { through }) });
    await new Promise((resolve) => child.stdout?.once('data', resolve));
    return child;
  }

  it('stops at a hang-up', async () => {
    const child = await serving();
    child.kill('SIGHUP');
    expect((await finish(child)).code).toBe(0);
  });

  it.each([
    ['by name', ['bash', '-c', 'exec nohup "$@"', 'bash']],
    ['in a script', ['nohup', 'bash', '-c', '"$@"; exit $?', 'bash']],
  ])('goes on at a hang-up when it was started under nohup, %s', async (_, through) => {
    const child = await serving(through);
    const [pid = 0] = await childrenOf(child.pid!, 'lab.js');
    const server = pid === 0 ? child.pid! : pid;
    process.kill(server, 'SIGHUP');
    process.kill(server, 'SIGHUP');
    // Signals are delivered in the order of their numbers, and a hang-up is the first.
    process.kill(server, 'SIGTERM');
    const { code, stderr } = await finish(child);
    expect(code).toBe(0);
    expect(stderr.match(/stopping/g)).toHaveLength(1);
  });
});

describe('a stop keeps what was measured', () => {
  const INTERRUPTED = expect.objectContaining({ code: 130, stderr: '' });

  it('by lab ping', async () => {
    const child = start(['ping', '-n', '10000', '--json'], { cwd: dir });
    setTimeout(() => child.kill('SIGTERM'), 1_500);
    const finished = await finish(child);
    expect(finished).toEqual(INTERRUPTED);
    const { tcp, udp } = JSON.parse(finished.stdout).echo;
    expect(tcp.received + udp.received).toBeLessThan(10_000);
    expect(tcp).toMatchObject({ received: tcp.sent });
    expect(udp).toMatchObject({ available: false, reason: 'udp echo: interrupted', hint: null });
  });

  it('by lab micro and lab ceiling: the rows that were done', async () => {
    const micro = start(['micro', '--time', '200ms', '--json'], { cwd: dir });
    setTimeout(() => micro.kill('SIGTERM'), 1_500);
    const ceiling = start(['ceiling', '-c', '2', '-d', '60s', '--json'], { cwd: dir });
    setTimeout(() => ceiling.kill('SIGINT'), 1_500);
    const [rows, nothing] = await Promise.all([finish(micro), finish(ceiling)]);
    expect(rows).toEqual(INTERRUPTED);
    expect(JSON.parse(rows.stdout).length).toBeLessThan(24);
    expect(nothing).toEqual(INTERRUPTED);
    expect(anyAlive(ceiling)).toBe(false);
  });
});
