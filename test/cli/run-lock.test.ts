import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RunLock, thisProcess } from '../../cli/run/lock.js';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'lab-lock-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const put = (name: string, text: string): void => writeFileSync(join(dir, name), text);
const inUse = expect.objectContaining({ code: 'LAB_ERR_RESUME' });

describe('a folder that is locked', () => {
  it('is refused to a second process, which is told by whom, and free when released', () => {
    const lock = new RunLock(dir);
    expect(() => new RunLock(dir, 'out/run')).toThrow(
      `'out/run' is in use by process ${process.pid}`,
    );
    // The refused one leaves nothing behind.
    expect(readdirSync(dir)).toEqual(['run-1.lock']);
    lock.release();
    lock.release();
    expect(readdirSync(dir)).toEqual([]);
    new RunLock(dir).release();
  });

  it('by a process that was killed is free, and its file goes with the next one', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    await once(child, 'spawn');
    put('run-1.lock', JSON.stringify({ ...thisProcess(), pid: child.pid, started: null }));
    if (process.platform !== 'linux') expect(() => new RunLock(dir)).toThrow(inUse);
    child.kill('SIGKILL');
    await once(child, 'exit');
    const lock = new RunLock(dir);
    expect(readdirSync(dir)).toEqual(['run-1.lock', 'run-2.lock']);
    lock.release();
    expect(readdirSync(dir)).toEqual([]);
  });

  it.runIf(process.platform === 'linux')('by an id that another process has now is free', () => {
    put('run-1.lock', JSON.stringify({ ...thisProcess(), started: 'an-earlier-boot:17' }));
    new RunLock(dir).release();
  });

  it('by a process of another machine is not for this one to judge', () => {
    put('run-1.lock', JSON.stringify({ pid: 1, started: null, host: 'elsewhere' }));
    expect(() => new RunLock(dir)).toThrow("process 1 on 'elsewhere'");
  });

  it('by a file without sense is in use while it may be being written, and not for ever', () => {
    put('run-1.lock', '');
    expect(() => new RunLock(dir)).toThrow(inUse);
    const before = Date.now() / 1_000 - 60;
    utimesSync(join(dir, 'run-1.lock'), before, before);
    const lock = new RunLock(dir);
    expect(JSON.parse(readFileSync(join(dir, 'run-2.lock'), 'utf8'))).toEqual(thisProcess());
    lock.release();
  });
});
