import { execFileSync } from 'node:child_process';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { peakResidentSet } from '../../../bench/process/resident-set.js';
import { UsageMeter } from '../../../bench/process/usage.js';
import { workerPath } from '../../../src/process/worker-path.js';

/** Keeps the CPU busy until this process has used 20 ms more of it. */
function burn(): void {
  const before = process.cpuUsage();
  for (;;) {
    const { user, system } = process.cpuUsage(before);
    if (user + system >= 20_000) return;
  }
}

/** Blocks the event loop for `millis`, between two wake-ups of the delay monitor. */
async function standStill(millis: number): Promise<void> {
  await setTimeout(30);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, millis);
  await setTimeout(30);
}

describe('UsageMeter', () => {
  it('of a window that never began reports memory and nothing else: no busy loop, no CPU', () => {
    const meter = new UsageMeter();
    burn();
    meter.end();
    meter.mark();
    const { rssBytes, rssPeakBytes, ...rest } = meter.report();
    expect(new Set(Object.values(rest))).toEqual(new Set([null]));
    expect(rssPeakBytes).toBeGreaterThanOrEqual(rssBytes!);
    expect(rssBytes).toBeGreaterThan(0);
  });

  it('of a machine that does not tell the resident set has none, and still its peak', () => {
    vi.spyOn(process.memoryUsage, 'rss').mockImplementation(() => {
      throw new Error('no /proc');
    });
    onTestFinished(() => void vi.restoreAllMocks());
    const meter = new UsageMeter();
    meter.begin();
    meter.end();
    const { rssStartBytes, rssBytes, rssPeakBytes, windowMicros } = meter.report();
    expect([rssStartBytes, rssBytes]).toEqual([null, null]);
    expect(rssPeakBytes).toBeGreaterThan(0);
    expect(windowMicros).toBeGreaterThan(0);
  });

  it('has no peak, and never one of 0, where the kernel does not tell it', () => {
    const unreadable = (): string => {
      throw new Error('no /proc');
    };
    expect(peakResidentSet(() => 'VmHWM:\t   12 kB\nVmRSS:\t   8 kB\n', 'linux')).toBe(12_288);
    expect(peakResidentSet(() => 'VmHWM:\t    0 kB\n', 'linux')).toBeNull();
    expect(peakResidentSet(() => 'VmRSS:\t    8 kB\n', 'linux')).toBeNull();
    expect(peakResidentSet(unreadable, 'linux')).toBeNull();
    expect(peakResidentSet(unreadable, 'darwin')).toBeGreaterThan(0);
  });

  it('of a machine that says 0 bytes has no resident set', () => {
    vi.spyOn(process.memoryUsage, 'rss').mockImplementation(() => 0);
    onTestFinished(() => void vi.restoreAllMocks());
    const meter = new UsageMeter();
    meter.begin();
    expect(meter.report()).toMatchObject({ rssStartBytes: null, rssBytes: null });
  });

  it('of a window too short to see the event loop late does not say that it was not', () => {
    const meter = new UsageMeter();
    meter.begin();
    meter.end();
    expect(meter.report()).toMatchObject({ loopDelayP99Micros: null, loopDelayMaxMicros: null });
  });

  it('that began late was delayed by that much', () => {
    const meter = new UsageMeter();
    meter.begin(150_000);
    meter.end();
    expect(meter.report().loopDelayMaxMicros).toBe(150_000);
  });

  it('counts a delay after the window, up to the last mark', async () => {
    const meter = new UsageMeter();
    meter.begin();
    meter.end();
    await standStill(80);
    meter.mark();
    const { loopDelayMaxMicros } = meter.report();
    expect(loopDelayMaxMicros).toBeGreaterThan(40_000);
    await standStill(200);
    expect(meter.report().loopDelayMaxMicros).toBe(loopDelayMaxMicros);
  });

  it('counts CPU from the first begin to the first end', () => {
    const meter = new UsageMeter();
    meter.begin();
    burn();
    meter.begin();
    burn();
    meter.end();
    burn();
    meter.end();
    const { cpuMicros, windowCpuMicros } = meter.report();
    expect(windowCpuMicros).toBeGreaterThanOrEqual(40_000);
    // Waiting for stragglers is not the work of the window.
    expect(cpuMicros).toBe(windowCpuMicros);
  });

  it('counts CPU in the window up to the last mark, and its share of the window to the end', () => {
    const meter = new UsageMeter();
    meter.begin();
    burn();
    meter.mark();
    burn();
    meter.end();
    const { cpuMicros, windowCpuMicros } = meter.report();
    expect(cpuMicros).toBeGreaterThanOrEqual(20_000);
    expect(windowCpuMicros! - cpuMicros!).toBeGreaterThanOrEqual(20_000);
  });

  it('counts CPU after the window up to the last mark', () => {
    const meter = new UsageMeter();
    meter.begin();
    meter.end();
    burn();
    meter.mark();
    const { cpuMicros, windowCpuMicros } = meter.report();
    expect(cpuMicros! - windowCpuMicros!).toBeGreaterThanOrEqual(20_000);
    burn();
    expect(meter.report().cpuMicros).toBe(cpuMicros);
  });

  it('leaves out what is apart, of the same time, and not of the share of a core', () => {
    let [cpu, apart] = [100_000, 5_000];
    vi.spyOn(process, 'cpuUsage').mockImplementation(() => ({ user: cpu - 10, system: 10 }));
    onTestFinished(() => void vi.restoreAllMocks());
    const meter = new UsageMeter(() => apart);
    meter.begin();
    [cpu, apart] = [150_000, 6_000];
    meter.end();
    [cpu, apart] = [170_000, 6_500];
    meter.mark();
    [cpu, apart] = [900_000, 9_000];
    expect(meter.report()).toMatchObject({
      windowCpuMicros: 50_000,
      cpuMicros: 70_000 - 1_500,
      apartMicros: 1_500,
    });
  });

  it('leaves out nothing where what is apart is not known', () => {
    const meter = new UsageMeter();
    meter.begin();
    burn();
    meter.end();
    const { cpuMicros, apartMicros, windowCpuMicros } = meter.report();
    expect(apartMicros).toBeNull();
    expect(cpuMicros).toBe(windowCpuMicros);
  });

  it.runIf(process.platform === 'linux')(
    'does not take the memory of the parent for its own',
    () => {
      const ballast = Buffer.alloc(256 * 1024 * 1024, 1);
      const script = `
      const { UsageMeter } = await import(${JSON.stringify(workerPath('bench/process/usage.js'))});
      process.stdout.write(JSON.stringify(new UsageMeter().report()));`;
      const said = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
        encoding: 'utf8',
      });
      expect(process.memoryUsage.rss()).toBeGreaterThan(ballast.length);
      expect((JSON.parse(said) as { rssPeakBytes: number }).rssPeakBytes).toBeLessThan(
        ballast.length,
      );
    },
  );
});
