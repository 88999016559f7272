import { LabError } from '../errors.js';
import type { Codec, CodecFactory, CodecOptions } from './codec.js';

/** Name → the module that has it, loaded when first asked for. */
const CODECS: Readonly<Record<string, () => Promise<CodecFactory>>> = {
  'line-json': async () => (await import('./line-json.js')).lineJson,
  msgpack: async () => (await import('./msgpack.js')).msgpack,
};

/** The names `loadCodec` knows; the first is the default. */
export function codecNames(): string[] {
  return Object.keys(CODECS);
}

/** @throws LAB_ERR_UNKNOWN_CODEC, LAB_ERR_BAD_VALUE (maxMessageBytes out of range) */
export async function loadCodec(name: string, options: CodecOptions = {}): Promise<Codec> {
  const load = Object.hasOwn(CODECS, name) ? CODECS[name] : undefined;
  if (load === undefined) {
    throw new LabError('LAB_ERR_UNKNOWN_CODEC', `unknown codec "${name}" (-k/--codec)`, {
      hint: `Codecs: ${codecNames().join(', ')}.`,
    });
  }
  return (await load())(options);
}
