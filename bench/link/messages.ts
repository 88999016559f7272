/** What the coordinator and the emulator of a link say to each other over IPC. */
import type { SerializedLabError } from '../../src/errors.js';
import type { LinkSpec } from './link-spec.js';
import type { PackedBook } from './packed-book.js';

export type ToEmulator =
  | {
      readonly type: 'open';
      readonly spec: LinkSpec;
      readonly seed: number;
      readonly clients: number;
      /** Absolute path of `ip`. */
      readonly ip: string;
      readonly binds: boolean;
    }
  | { readonly type: 'book' }
  | { readonly type: 'cpu' }
  | { readonly type: 'forget-lateness' }
  | { readonly type: 'close' };

export type FromEmulator =
  | {
      readonly type: 'ready';
      readonly pid: number;
      /** Descriptors of the emulator: the network namespaces of the ends. */
      readonly serverEnd: number;
      readonly clientEnd: number;
      /** Time 0 of the model, µs of CLOCK_MONOTONIC. */
      readonly startedAt: number;
    }
  | { readonly type: 'book'; readonly book: PackedBook }
  | { readonly type: 'cpu'; readonly cpuMicros: number }
  | { readonly type: 'error'; readonly error: SerializedLabError };
