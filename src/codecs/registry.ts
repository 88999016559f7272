import { checkOptions, membersOf, number } from '../core/options.js';
import { LabError, shown } from '../errors.js';
import type { Codec, CodecFactory, CodecOptions } from './codec.js';

/** Name → the module that has it, loaded when first asked for. */
const CODECS: Readonly<Record<string, () => Promise<CodecFactory>>> = {
  'line-json': async () => (await import('./line-json.js')).lineJson,
  msgpack: async () => (await import('./msgpack.js')).msgpack,
};

// The codec itself says which numbers will do.
const CODEC_OPTIONS = membersOf({ maxMessageBytes: number() } satisfies Record<
  keyof Required<CodecOptions>,
  unknown
>);

/** The names `loadCodec` knows; the first is the default. */
export function codecNames(): string[] {
  return Object.keys(CODECS);
}

/** @throws LAB_ERR_UNKNOWN_CODEC, LAB_ERR_BAD_VALUE (maxMessageBytes out of range) */
export async function loadCodec(name: string, options: CodecOptions = {}): Promise<Codec> {
  const known = typeof name === 'string' && Object.hasOwn(CODECS, name);
  const load = known ? CODECS[name] : undefined;
  if (load === undefined) {
    throw new LabError('LAB_ERR_UNKNOWN_CODEC', `unknown codec ${shown(name)}`, {
      option: 'codec',
      value: shown(name),
      hint: `Codecs: ${codecNames().join(', ')}.`,
    });
  }
  checkOptions(CODEC_OPTIONS, options);
  return (await load())(options);
}
