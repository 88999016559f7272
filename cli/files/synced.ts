/**
 * Files that must be whole and there: onto the disk, not only into the cache of the system, and
 * still where they were opened.
 */
import { closeSync, fstatSync, fsyncSync, openSync, statSync, writeSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';

/** Of what is not a file on a disk, and of a file system that knows no such thing. */
const NOTHING_TO_SYNC: ReadonlySet<unknown> = new Set(['EINVAL', 'ENOTSUP', 'ENOSYS', 'EROFS']);

/** A disk may say only now that it is full. @throws what the system says */
export async function synced(file: Pick<FileHandle, 'datasync'>): Promise<void> {
  try {
    await file.datasync();
  } catch (error) {
    tolerate(error);
  }
}

/** The same without waiting for a turn of the event loop. @throws what the system says */
export function syncedNow(descriptor: number): void {
  try {
    fsyncSync(descriptor);
  } catch (error) {
    tolerate(error);
  }
}

/** So that a new name in it survives a power cut, where a directory can be synchronised at all. */
export function syncedDirectory(path: string): void {
  try {
    const directory = openSync(path, 'r');
    try {
      fsyncSync(directory);
    } finally {
      closeSync(directory);
    }
  } catch {
    // Not on this system.
  }
}

/** All of `bytes` from this place on, however many the system takes at a time. */
export function writtenAt(descriptor: number, place: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; )
    at += writeSync(descriptor, bytes, at, bytes.length - at, place + at);
}

/** False for a file that was deleted, or replaced by another one. */
export function isStillAt(descriptor: number, path: string): boolean {
  const ours = fstatSync(descriptor, { bigint: true });
  const there = statSync(path, { bigint: true, throwIfNoEntry: false });
  return there !== undefined && there.ino === ours.ino && there.dev === ours.dev;
}

function tolerate(error: unknown): void {
  if (!NOTHING_TO_SYNC.has((error as NodeJS.ErrnoException).code)) throw error;
}
