import {
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkDirectory, checkExport } from '../../../cli/files/check-files.js';
import { claimDirectory, writeExport } from '../../../cli/files/whole-files.js';

let dir: string;
beforeEach(async () => {
  dir = await realpath(await mkdtemp(join(tmpdir(), 'lab-files-')));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const refused = expect.objectContaining({ code: 'LAB_ERR_EXPORT_PATH' });
const failed = expect.objectContaining({ code: 'LAB_ERR_EXPORT_FAILED' });

describe('an export path', () => {
  it('is checked without leaving a trace', async () => {
    await checkExport('--export-json', join(dir, 'a.json'));
    expect(await readdir(dir)).toEqual([]);
  });

  it('is refused when it is empty, a directory, below a file or in no directory', async () => {
    await writeFile(join(dir, 'file'), '');
    for (const path of [
      '',
      dir,
      join(dir, 'file', 'x'),
      join(dir, 'none', 'x'),
      join(dir, 'x'.repeat(300)),
    ]) {
      await expect(checkExport('--export-json', path)).rejects.toEqual(refused);
    }
  });

  it('names the flag, the path and what to do', async () => {
    const path = join(dir, 'none', 'x');
    await expect(checkExport('--export-csv', path)).rejects.toMatchObject({
      message: `--export-csv '${path}' cannot be written: its directory does not exist`,
      hint: `make it first: mkdir -p '${join(dir, 'none')}'`,
    });
  });

  it('takes the place of an older file, whole, and nothing else stays', async () => {
    const path = join(dir, 'a.json');
    await writeFile(path, 'old');
    await checkExport('--export-json', path);
    expect(await readFile(path, 'utf8')).toBe('old');
    await writeExport('--export-json', path, 'new');
    expect(await readFile(path, 'utf8')).toBe('new');
    expect(await readdir(dir)).toEqual(['a.json']);
  });

  it('goes through a symbolic link, which stays one', async () => {
    await writeFile(join(dir, 'real'), 'old');
    await symlink(join(dir, 'real'), join(dir, 'link'));
    await writeExport('--export-json', join(dir, 'link'), 'new');
    expect(await readFile(join(dir, 'real'), 'utf8')).toBe('new');
    expect(await realpath(join(dir, 'link'))).toBe(join(dir, 'real'));
  });

  it('may be a device, which is written to and never replaced', async () => {
    await checkExport('--export-json', '/dev/null');
    await writeExport('--export-json', '/dev/null', 'text');
    expect((await stat('/dev/null')).isCharacterDevice()).toBe(true);
  });

  it.skipIf(process.platform !== 'linux')(
    'on a disk that turns out to be full has failed, and was not the mistake of the caller',
    async () => {
      await checkExport('--export-json', '/dev/full');
      await expect(writeExport('--export-json', '/dev/full', 'text')).rejects.toMatchObject({
        code: 'LAB_ERR_EXPORT_FAILED',
        kind: 'runtime',
        message: "--export-json '/dev/full' cannot be written: no space is left on the device",
      });
    },
  );
});

describe('an output directory', () => {
  it('is checked without being made', async () => {
    await checkDirectory('--output', join(dir, 'a', 'b'));
    expect(await readdir(dir)).toEqual([]);
  });

  it('is refused when a file is in its way', async () => {
    await writeFile(join(dir, 'file'), '');
    await expect(checkDirectory('--output', join(dir, 'file'))).rejects.toEqual(refused);
    await expect(checkDirectory('--output', join(dir, 'file', 'x'))).rejects.toEqual(refused);
  });

  it.skipIf(process.platform !== 'linux')(
    'in a folder that takes no files is refused before and after the work, not tried for ever',
    async () => {
      await expect(checkDirectory('--output', '/proc/none/x')).rejects.toMatchObject({
        message: "--output '/proc/none/x' cannot be made: '/proc' takes no files",
      });
      expect(() => claimDirectory('--output', '/proc/none', 'run')).toThrow(failed);
      await expect(checkExport('--export-json', '/proc/none')).rejects.toMatchObject({
        message: "--export-json '/proc/none' cannot be written: '/proc' takes no files",
      });
    },
  );

  it('never mixes two runs of the same second', async () => {
    const claim = (): string => claimDirectory('--output', join(dir, 'a', 'out'), 'run');
    expect([claim(), claim(), claim()]).toEqual(
      ['run', 'run-2', 'run-3'].map((name) => join(dir, 'a', 'out', name)),
    );
  });
});
