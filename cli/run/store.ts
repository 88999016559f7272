/**
 * The folder of a run while it runs. Each cell is in its `cells.ndjson` as soon as it is over, so
 * that neither a kill nor a power cut costs what was measured before. A disk that is full or a
 * folder that is deleted ends no run: it is said, what is missing is written as soon as it can be.
 */
import {
  closeSync,
  existsSync,
  ftruncateSync,
  openSync,
  rmdirSync,
  truncateSync,
  unlinkSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { RunEvent } from '../../bench/events.js';
import { CELLS_FILE, type CellsLine, type RunEnd, runLine } from '../../bench/result/cells-file.js';
import { quoted } from '../../src/options/values.js';
import { explained } from '../files/export-error.js';
import { isStillAt, syncedDirectory, syncedNow, writtenAt } from '../files/synced.js';
import { claimDirectory, writeFiles } from '../files/whole-files.js';
import { located } from '../files/working-folder.js';
import { RunLock } from './lock.js';

/** A folder that is there already, of a run that is resumed. */
export interface KeptFolder {
  readonly lock: RunLock;
  readonly lines: readonly CellsLine[];
  /** How many of them have their line end, and their bytes; what comes after these is cut off. */
  readonly written: number;
  readonly bytes: number;
  /** Seconds that the run has taken until now. */
  readonly seconds: number;
}

export class RunStore {
  readonly #flag: string;
  readonly #given: string;
  /** Absolute, as a relative one leads nowhere once the working directory is deleted. */
  readonly #parent: string;
  readonly #name: string;
  readonly #say: (text: string) => void;
  readonly #madeParent: boolean;
  #path: string;
  #file: number | undefined;
  #wasDeleted = false;
  /** Everything there is to write; their texts are made when they are. */
  readonly #lines: CellsLine[] = [];
  /** Lines in the file, and their bytes. */
  #written = 0;
  #bytes = 0;
  /** By `performance.now()`, which no step of the wall clock bends. */
  #began = performance.now();
  readonly #kept: KeptFolder | undefined;
  #lock: RunLock | undefined;
  #keptBytes = 0;
  /** The newest cell is in the lines, and its ceiling is still to come. */
  #lacksCeiling = false;
  #failing = false;

  /**
   * Makes the folder `parent/name`, or the first free of `name-2`, …
   * @param say what to do with a sentence about a file that cannot be written
   * @param kept of a run that is resumed, in this folder and no other
   * @throws LAB_ERR_EXPORT_FAILED
   */
  constructor(
    flag: string,
    parent: string,
    name: string,
    say: (text: string) => void,
    kept?: KeptFolder,
  ) {
    this.#flag = flag;
    this.#given = parent;
    this.#parent = located(parent);
    this.#name = name;
    this.#say = say;
    this.#madeParent = !existsSync(this.#parent);
    this.#kept = kept;
    if (kept === undefined) {
      this.#path = claimDirectory(flag, this.#parent, name);
      return;
    }
    this.#path = join(this.#parent, name);
    this.#lock = kept.lock;
    this.#lines.push(...kept.lines);
    this.#written = kept.written;
    this.#bytes = kept.bytes;
    this.#reopen();
  }

  /** Where it is, as the user named it. */
  get path(): string {
    return existsSync('.') ? join(this.#given, basename(this.#path)) : this.#path;
  }

  onEvent(event: RunEvent): void {
    if (event.type === 'start') {
      this.#began = performance.now();
    } else if (event.type === 'ready') {
      this.#append(runLine(event.head));
    } else if (event.type === 'resume') {
      this.#append({ event: 'resume', data: event.session });
    } else if (event.type === 'cell-measured') {
      this.#append({ event: 'cell', elapsed_s: this.#elapsed(), data: event.result });
      this.#lacksCeiling = true;
    } else if (event.type === 'cell-end') {
      const { result } = event;
      const elapsed_s = this.#elapsed();
      if (this.#lacksCeiling) this.#append({ event: 'ceiling', elapsed_s, data: result.ceiling });
      else this.#append({ event: 'cell', elapsed_s, data: result });
      this.#lacksCeiling = false;
    }
  }

  #elapsed(): number {
    return (this.#kept?.seconds ?? 0) + (performance.now() - this.#began) / 1_000;
  }

  /** The run is over. Nothing is appended any more. */
  end(end: RunEnd): void {
    this.#append({ event: 'end', data: end });
    this.#close();
  }

  /**
   * Puts these files (name → text) into the folder, and gives its path. @throws
   * LAB_ERR_EXPORT_FAILED
   */
  async save(files: ReadonlyMap<string, string>): Promise<string> {
    await writeFiles(this.#flag, this.#path, files);
    return this.path;
  }

  /** Nobody writes the folder any more. */
  release(): void {
    this.#close();
    this.#lock?.release();
    this.#lock = undefined;
  }

  /** Nothing was measured: leaves no trace. */
  discard(): void {
    this.release();
    try {
      if (this.#kept !== undefined) {
        truncateSync(join(this.#path, CELLS_FILE), this.#keptBytes);
        return;
      }
      if (this.#lines.length > 0) unlinkSync(join(this.#path, CELLS_FILE));
      rmdirSync(this.#path);
      if (this.#madeParent) rmdirSync(this.#parent);
    } catch {
      // Somebody has put something there: it is not ours to delete.
    }
  }

  #append(one: CellsLine): void {
    this.#lines.push(one);
    try {
      if (this.#file !== undefined && !isStillAt(this.#file, join(this.#path, CELLS_FILE)))
        this.#forget();
      this.#file ??= this.#open();
      this.#write(this.#file);
      if (this.#wasDeleted)
        this.#say(`the folder of the run was deleted; its cells are in ${this.path} again`);
      else if (this.#failing)
        this.#say(`${quoted(this.path)} can be written again, and has every cell`);
      this.#wasDeleted = false;
      this.#failing = false;
    } catch (error) {
      if (!this.#failing) {
        const { message } = explained(
          'LAB_ERR_EXPORT_FAILED',
          this.#flag,
          join(this.path, CELLS_FILE),
          error,
        );
        this.#say(
          `${message}; the run goes on, and its cells are kept in memory until they can be written`,
        );
      }
      this.#failing = true;
    }
  }

  /** All lines that are not in the file yet, whole, and on the disk; or none of them. */
  #write(file: number): void {
    const { written, bytes } = { written: this.#written, bytes: this.#bytes };
    try {
      for (const one of this.#lines.slice(written)) {
        const text = Buffer.from(`${JSON.stringify(one)}\n`);
        writtenAt(file, this.#bytes, text);
        this.#bytes += text.length;
        this.#written += 1;
      }
      syncedNow(file);
    } catch (error) {
      this.#written = written;
      this.#bytes = bytes;
      // Half a line in the middle of the file would be one that nobody can read.
      ftruncateSync(file, bytes);
      throw error;
    }
  }

  #open(): number {
    const isOurs = existsSync(this.#path) && !existsSync(join(this.#path, CELLS_FILE));
    // Whatever has its name now is somebody else's.
    if (!isOurs) this.#path = claimDirectory(this.#flag, this.#parent, this.#name);
    const file = openSync(join(this.#path, CELLS_FILE), 'wx');
    try {
      this.#lock = new RunLock(this.#path);
    } catch {
      // Then nobody is kept from it; the cells matter more.
    }
    syncedDirectory(this.#path);
    syncedDirectory(dirname(this.#path));
    return file;
  }

  /** @throws LAB_ERR_EXPORT_FAILED */
  #reopen(): void {
    const path = join(this.#path, CELLS_FILE);
    try {
      this.#file = openSync(path, 'r+');
      // Half a line in the middle of the file would be one that nobody can read.
      ftruncateSync(this.#file, this.#bytes);
      this.#write(this.#file);
      this.#keptBytes = this.#bytes;
    } catch (error) {
      throw explained('LAB_ERR_EXPORT_FAILED', this.#flag, path, error);
    }
  }

  #forget(): void {
    this.#close();
    this.#wasDeleted = true;
    this.#written = 0;
    this.#bytes = 0;
  }

  #close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }
}
