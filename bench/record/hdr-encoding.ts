import { deflateSync, inflateSync } from 'node:zlib';
import { encodeIntoCompressedBase64, type Histogram } from 'hdr-histogram-js';

/** Compressed form: a cookie and the length of what follows. */
const WRAPPER_BYTES = 8;
/**
 * Plain form: cookie, payload length, normalizing index offset, digits, lowest, highest, conversion
 * ratio, counts.
 */
const INDEX_OFFSET_AT = 8;
const CONVERSION_RATIO_AT = 32;

/**
 * A histogram in HdrHistogram's V2 compressed encoding, base64, as every implementation reads it:
 * what hdr-histogram-js writes into two header fields makes the C and Java readers go wrong
 * (docs/design/reasons.md).
 */
export function encodeHistogram(histogram: Histogram): string {
  const wrapped = Buffer.from(encodeIntoCompressedBase64(histogram), 'base64');
  const plain = inflateSync(
    wrapped.subarray(WRAPPER_BYTES, WRAPPER_BYTES + wrapped.readInt32BE(4)),
  );
  plain.writeInt32BE(0, INDEX_OFFSET_AT);
  plain.writeDoubleBE(1, CONVERSION_RATIO_AT);
  const compressed = deflateSync(plain);
  const wrapper = Buffer.from(wrapped.subarray(0, WRAPPER_BYTES));
  wrapper.writeInt32BE(compressed.length, 4);
  return Buffer.concat([wrapper, compressed]).toString('base64');
}
