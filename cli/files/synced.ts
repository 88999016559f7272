/** Onto the disk, not only into the cache of the system: what a power cut must not take. */
import { fsyncSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';

/** Of what is no file on a disk, and of a file system that knows no such thing. */
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

function tolerate(error: unknown): void {
  if (!NOTHING_TO_SYNC.has((error as NodeJS.ErrnoException).code)) throw error;
}
