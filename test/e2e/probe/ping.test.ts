import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { runPing, startPing } from '../../../bench/probe/ping/ping.js';
import { type RoundTrip, resultSchema } from '../../../bench/result/result.js';
import { workerPath } from '../../../src/process/worker-path.js';

const folder = mkdtempSync(join(tmpdir(), 'lab-ping-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const fixture = (name: string): string =>
  new URL(`../../fixtures/ping/${name}.txt`, import.meta.url).pathname;
const quick = { host: '127.0.0.1', sizeBytes: 64, intervalMs: 20, count: 5 };

/** Writes a shell script that stands in for ping. */
function fakePing(name: string, script: string): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

/** What every round trip must be, measured or not. */
function expectSound(result: RoundTrip): void {
  resultSchema.shape.baselines.shape.ping.parse(result);
  expect(result.received).toBeLessThanOrEqual(result.sent);
  if (result.available) {
    const { min, avg, p50, max } = result.rtt_us!;
    expect(min > 0 && min <= p50 && p50 <= max && min <= avg && avg <= max).toBe(true);
  } else {
    expect(result.reason).toBeTruthy();
    expect(result.rtt_us).toBeNull();
  }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

const system = await runPing({ ...quick, count: 1 });

describe('runPing with the ping of this machine', () => {
  it('measures the loopback, or says why it cannot', async () => {
    const result = await runPing(quick);
    expectSound(result);
    if (system.available)
      expect(result).toMatchObject({ available: true, sent: 5, received: 5, size_bytes: 64 });
    else expect(result.hint).toBeTruthy();
  });

  it.skipIf(!system.available)('reports the payload it really used', async () => {
    expect(await runPing({ ...quick, sizeBytes: 4, count: 1 })).toMatchObject({
      available: true,
      size_bytes: 16,
    });
  });

  it.skipIf(!system.available)(
    'pings until told to stop, and then says what it measured',
    async () => {
      const ping = startPing({ ...quick, maxMs: 60_000 });
      await new Promise((resolve) => setTimeout(resolve, 200));
      const result = await ping.stop();
      expectSound(result);
      expect(result.available).toBe(true);
      expect(await ping.stop()).toBe(result);
    },
  );

  it('a name that does not resolve is not a baseline', async () => {
    const result = await runPing({ ...quick, host: 'no-such-host.invalid' });
    expectSound(result);
    expect(result.available).toBe(false);
  });
});

describe('runPing without figures', () => {
  it('a missing ping is reported with the command that installs one', async () => {
    const result = await runPing({ ...quick, command: join(folder, 'missing') });
    expectSound(result);
    expect(result).toMatchObject({ available: false, sent: 0, received: 0 });
    expect(result.reason).toContain('there is no');
    expect(result.hint).toBeTruthy();
  });

  it('a file that is not a program is reported', async () => {
    const path = join(folder, 'text');
    writeFileSync(path, 'text');
    const result = await runPing({ ...quick, command: path });
    expectSound(result);
    expect(result.reason).toContain('cannot be started');
  });

  it.each(['-f', '--flood', '1.1.1.1; id', ''])(
    'the host %j starts no ping at all',
    async (host) => {
      const trace = join(folder, 'trace');
      const result = await runPing({
        ...quick,
        host,
        command: fakePing('tracing', `touch '${trace}'`),
      });
      expectSound(result);
      expect(result.reason).toContain('not a host name');
      expect(existsSync(trace)).toBe(false);
    },
  );

  it('a ping without the right to open its socket is reported with the remedy', async () => {
    const command = fakePing('denied', `cat '${fixture('iputils-not-permitted')}' >&2; exit 2`);
    const result = await runPing({ ...quick, command });
    expectSound(result);
    expect(result.reason).toContain('not permitted');
    expect(result.hint).toContain('cap_net_raw');
  });

  it('total loss is reported with the requests that were lost', async () => {
    const command = fakePing('deaf', `cat '${fixture('iputils-no-reply')}'; exit 1`);
    const result = await runPing({ ...quick, command });
    expect(result).toMatchObject({ available: false, sent: 3, received: 0 });
  });

  it('output that is not a ping output is reported', async () => {
    const result = await runPing({ ...quick, command: fakePing('chatty', 'echo hello') });
    expectSound(result);
    expect(result.reason).toContain('hello');
  });

  it.each([
    ['windows-german', 5, 5, 'whole milliseconds'],
    ['aix', 5, 4, 'whole milliseconds, and 3 of 4 replies took less than one'],
    ['nuttx', 4, 3, 'whole milliseconds'],
    ['hpux', 3, 3, 'whole milliseconds'],
  ])(
    'replies too quick for what %s resolves are counted, and no baseline',
    async (name, sent, received, why) => {
      const command = fakePing('coarse', `cat '${fixture(name)}'`);
      const result = await runPing({ ...quick, command });
      expectSound(result);
      expect(result).toMatchObject({ available: false, sent, received });
      expect(result.reason).toContain(why);
      expect(result.hint).toContain('echo');
    },
  );

  it.each([
    ['toybox', '1 of 3 replies took under 1 ms and count as 1 ms'],
    ['tenths', '1 of 3 replies took under 0.1 ms and count as 0.1 ms'],
    [
      'windows-french',
      'this ping prints whole milliseconds, rounded down: the true times are up to 1 ms longer',
    ],
    ['iputils', null],
  ])('what %s resolves is said beside its times, where it shows', async (name, reason) => {
    const result = await runPing({ ...quick, command: fakePing('fine', `cat '${fixture(name)}'`) });
    expectSound(result);
    expect(result).toMatchObject({ available: true, reason });
  });

  it('a signal that is already aborted starts no ping', async () => {
    const trace = join(folder, 'trace-aborted');
    const command = fakePing('aborted', `touch '${trace}'`);
    const result = await runPing({ ...quick, command, signal: AbortSignal.abort() });
    expectSound(result);
    expect(result.available).toBe(false);
    expect(existsSync(trace)).toBe(false);
  });
});

describe('runPing asks again when it is refused', () => {
  it('a refused interval is asked for more slowly', async () => {
    const log = join(folder, 'slow.log');
    const refuse = `cat '${fixture('iputils-interval-refused')}' >&2; exit 2`;
    const script = `echo "$*" >> '${log}'\ncase "$*" in *0.020*) ${refuse};; esac\ncat '${fixture('iputils')}'`;
    const result = await runPing({ ...quick, count: 20, command: fakePing('slow', script) });
    expect(result).toMatchObject({ available: true, received: 5 });
    const asked = readFileSync(log, 'utf8').trim().split('\n');
    expect(asked).toHaveLength(2);
    expect(asked[1]).toContain('-i 0.200');
  });

  it('a ping that knows few options is asked with those every ping has', async () => {
    const log = join(folder, 'plain.log');
    const refuse = `cat '${fixture('iputils-invalid-option')}' >&2; exit 2`;
    const script = `echo "$*" >> '${log}'\ncase "$*" in *-n*) ${refuse};; esac\ncat '${fixture('busybox')}'`;
    const result = await runPing({ ...quick, command: fakePing('plain', script) });
    expect(result).toMatchObject({ available: true, received: 5, rtt_us: { mdev: null } });
    expect(readFileSync(log, 'utf8').trim().split('\n').at(-1)).toBe('-c 3 -s 64 127.0.0.1');
  });
});

describe('no ping is left behind', () => {
  const deaf = (pidFile: string): string => `trap '' INT\necho $$ > '${pidFile}'
echo '64 bytes from 127.0.0.1: icmp_seq=1 ttl=64 time=0.040 ms'
while :; do sleep 0.05; done`;
  const pidIn = (file: string): number => Number(readFileSync(file, 'utf8'));
  const written = (file: string): boolean =>
    existsSync(file) && readFileSync(file, 'utf8').endsWith('\n');

  it('one that ignores SIGINT is killed, and its replies still count', async () => {
    const pidFile = join(folder, 'stubborn.pid');
    const ping = startPing({
      ...quick,
      maxMs: 60_000,
      command: fakePing('stubborn', deaf(pidFile)),
    });
    await until(() => written(pidFile));
    const result = await ping.stop();
    expect(result).toMatchObject({ available: true, received: 1, rtt_us: { p50: 40 } });
    expect(isAlive(pidIn(pidFile))).toBe(false);
  });

  it('one that never ends by itself is stopped when its time is over', async () => {
    const pidFile = join(folder, 'endless.pid');
    const result = await runPing({
      ...quick,
      count: 1,
      command: fakePing('endless', deaf(pidFile)),
    });
    expectSound(result);
    expect(isAlive(pidIn(pidFile))).toBe(false);
  });

  it('one still running when this process exits is killed', async () => {
    const pidFile = join(folder, 'orphan.pid');
    const command = fakePing('orphan', deaf(pidFile));
    const script = `
      const { existsSync, statSync } = await import('node:fs');
      const { startPing } = await import(${JSON.stringify(pathToFileURL(workerPath('bench/probe/ping/ping.js')).href)});
      startPing(${JSON.stringify({ ...quick, maxMs: 60_000, command })});
      const file = ${JSON.stringify(pidFile)};
      setInterval(() => existsSync(file) && statSync(file).size > 0 && process.exit(0), 10);`;
    const { status } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      timeout: 20_000,
    });
    expect(status).toBe(0);
    await until(() => written(pidFile) && !isAlive(pidIn(pidFile)));
  });
});
