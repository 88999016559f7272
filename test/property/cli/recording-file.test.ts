import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RecordingFile, type RecordingTarget } from '../../../cli/feed/recording-file.js';

/** A disk of `room` bytes that takes at most `most` at a time, and says so when it is full. */
class FakeDisk {
  contents = Buffer.alloc(0);
  closed = false;
  synced = 0;
  readonly #room: number;
  readonly #most: number;

  constructor(room: number, most: number) {
    this.#room = room;
    this.#most = most;
  }

  get target(): RecordingTarget {
    return {
      write: async (bytes: Buffer, offset: number, length: number) => {
        const part = bytes.subarray(offset, offset + Math.min(length, this.#most));
        const fits = part.subarray(0, Math.max(0, this.#room - this.contents.length));
        if (fits.length === 0) throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
        this.contents = Buffer.concat([this.contents, fits]);
        return { bytesWritten: fits.length, buffer: bytes };
      },
      truncate: async (length: number) => {
        this.contents = this.contents.subarray(0, length);
      },
      datasync: async () => {
        this.synced = this.contents.length;
      },
      close: async () => {
        this.closed = true;
      },
    } as unknown as RecordingTarget;
  }
}

const lines = fc.array(
  fc
    .string({ unit: 'grapheme', maxLength: 200 })
    .map((text) => Buffer.from(`${JSON.stringify(text)}\n`)),
  { minLength: 1, maxLength: 60 },
);

describe('a recording', () => {
  it('holds whole lines and says how many, wherever the disk is full and however little it takes at a time', async () => {
    await fc.assert(
      fc.asyncProperty(
        lines,
        fc.double({ min: 0, max: 1.2, noNaN: true }),
        fc.integer({ min: 1, max: 400 }),
        fc.array(fc.boolean()),
        async (all, share, most, pauses) => {
          const whole = Buffer.concat(all);
          const disk = new FakeDisk(Math.floor(whole.length * share), most);
          const failures: Error[] = [];
          const file = new RecordingFile(Promise.resolve(disk.target), (error) =>
            failures.push(error),
          );
          for (const [i, line] of all.entries()) {
            await file.write(line);
            if (pauses[i] === true) await new Promise((resolve) => setImmediate(resolve));
          }
          const failed = await file.finish().then(
            () => false,
            () => true,
          );
          expect(failed).toBe(disk.contents.length < whole.length);
          expect(failures).toHaveLength(failed ? 1 : 0);
          expect(disk.contents.equals(whole.subarray(0, disk.contents.length))).toBe(true);
          expect([0, 0x0a]).toContain(disk.contents.at(-1) ?? 0);
          expect(file.bytes).toBe(disk.contents.length);
          expect(file.lines).toBe(disk.contents.toString().split('\n').length - 1);
          expect(disk.closed).toBe(true);
          if (!failed) expect(disk.synced).toBe(whole.length);
        },
      ),
    );
  });

  it('makes the feed wait when the disk is slower', async () => {
    let take = (): void => {};
    const slow = new FakeDisk(1e9, 1e9).target;
    const target = {
      ...slow,
      write: (bytes: Buffer, _offset: number, length: number) =>
        new Promise((resolve) => {
          take = () => resolve({ bytesWritten: length, buffer: bytes });
        }),
    } as unknown as RecordingTarget;
    const file = new RecordingFile(Promise.resolve(target), () => {});
    const line = Buffer.from(`${'x'.repeat(99_999)}\n`);
    expect([file.write(line), file.write(line)]).toEqual([undefined, undefined]);
    let drained = false;
    const full = file.write(line);
    expect(full).toBeInstanceOf(Promise);
    void full?.then(() => {
      drained = true;
    });
    for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
    expect(drained).toBe(false);
    while (!drained) {
      take();
      await new Promise((resolve) => setImmediate(resolve));
    }
    await file.finish();
    expect(file.lines).toBe(3);
  });

  it('that cannot be opened says why when it is finished, and takes lines without complaint until then', async () => {
    const failures: Error[] = [];
    const file = new RecordingFile(open('/no/such/folder/file', 'w'), (error) =>
      failures.push(error),
    );
    await file.write(Buffer.from('1\n'));
    await expect(file.finish()).rejects.toThrow('ENOENT');
    expect(failures).toHaveLength(1);
    expect([file.lines, file.bytes]).toEqual([0, 0]);
  });

  it('on a real disk is what was written', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'lab-recording-'));
    try {
      const file = RecordingFile.at(join(dir, 'f'), () => {});
      const all = Array.from({ length: 5_000 }, (_, i) => Buffer.from(`{"seq":${i}}\n`));
      for (const line of all) await file.write(line);
      await file.finish();
      expect((await readFile(join(dir, 'f'))).equals(Buffer.concat(all))).toBe(true);
      expect(file.lines).toBe(5_000);
    } finally {
      await rm(dir, { recursive: true });
    }
  });
});
