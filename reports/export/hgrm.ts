/**
 * The latency distribution of each cell as HdrHistogram prints it (`outputPercentileDistribution`,
 * `.hgrm`), in ms: what its plotters take. They read one distribution per file and name the curve
 * after the file, so each cell is a file of its own, and of a cell by arrival receipt and
 * instrument are as well; several in one file would be drawn as one curve.
 */
import { decodeFromCompressedBase64 } from 'hdr-histogram-js';
import type { LabResult } from '../../bench/result/result.js';
import { exportedOf, remarks } from './hlog.js';

/**
 * Steps from one halving of the distance to 100 % to the next: what HdrHistogram's own tools take.
 */
const TICKS_PER_HALF_DISTANCE = 5;
const MICROS_PER_MS = 1_000;

/** File name → text. A cell that delivered nothing has no distribution and no file. */
export function renderHgrm(result: LabResult): Map<string, string> {
  const files = new Map<string, string>();
  const tried = new Map<string, number>();
  for (const cell of result.cells) {
    for (const { name, distribution } of exportedOf(cell)) {
      if (distribution.hdr === null) continue;
      const histogram = decodeFromCompressedBase64(distribution.hdr, 64);
      const table = histogram.outputPercentileDistribution(TICKS_PER_HALF_DISTANCE, MICROS_PER_MS);
      // At the end, as a comment: the plotters take the first lines for the head of the table.
      const notes = [name, ...remarks(cell)].map(
        (text) => `#[${text.replaceAll(/\p{Cc}+/gu, ' ')}]\n`,
      );
      files.set(freeName(files, tried, name), table + notes.join(''));
    }
  }
  return files;
}

/**
 * `udp-msgpack-c1000-r100-s40-d5000-1.hgrm`: an id holds characters that a file name must not.
 * @param tried the last number tried of each name: where all ids are the same, nothing is tried
 * twice
 */
function freeName(
  taken: ReadonlyMap<string, string>,
  tried: Map<string, number>,
  id: string,
): string {
  const base = id.replaceAll(/[^\w.-]+/g, '-').slice(0, 120);
  let n = tried.get(base) ?? 1;
  let name = n === 1 ? `${base}.hgrm` : `${base}-${n}.hgrm`;
  while (taken.has(name)) {
    n += 1;
    name = `${base}-${n}.hgrm`;
  }
  tried.set(base, n);
  return name;
}
