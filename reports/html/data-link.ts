/** What a page was made from, inside of it: gzip in a link that saves it, even without a script. */
import { gzipSync } from 'node:zlib';
import { formatBytes } from '../format.js';
import { escapeHtml } from './view/escape.js';

export interface EmbeddedJson {
  /** `data:application/gzip;base64,…`. */
  readonly url: string;
  /** Bytes of the JSON. */
  readonly bytes: number;
}

/** The bytes go with the version of zlib: the same Node gives the same. */
export function embedJson(value: unknown): EmbeddedJson {
  const json = Buffer.from(`${JSON.stringify(value)}\n`, 'utf8');
  const base64 = gzipSync(json, { level: 9 }).toString('base64');
  return { url: `data:application/gzip;base64,${base64}`, bytes: json.length };
}

/** @param what a sentence without its end, text: `The result is in this page` */
export function dataLink(what: string, file: string, { url, bytes }: EmbeddedJson): string {
  return `<p>${escapeHtml(what)}: ${formatBytes(bytes)} of JSON. <a id="data" download="${file}.gz" href="${url}">Save it compressed (${file}.gz)</a></p>`;
}
