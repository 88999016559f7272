import type { Codec } from '../../src/codecs/codec.js';
import type { Clock } from '../../src/core/clock.js';
import { SampledTimer } from '../process/sampled-timer.js';

/**
 * Times what a codec takes to encode a message, over a sample of its calls and nothing else: of
 * publishing, appending and the call for a flush are the wait for the send call.
 */
export class EncodeTimer {
  /** The same codec, timed. */
  readonly codec: Codec;
  readonly #timer: SampledTimer;
  #started = false;

  constructor(codec: Codec, clock: Clock) {
    this.#timer = new SampledTimer(() => clock.now());
    this.codec = {
      name: codec.name,
      maxMessageBytes: codec.maxMessageBytes,
      ...(codec.text === undefined ? {} : { text: codec.text }),
      encode: (message, into, offset) => {
        if (!this.#started) return codec.encode(message, into, offset);
        let encoded = 0;
        this.#timer.begin();
        try {
          const end = codec.encode(message, into, offset);
          // One that found no room is encoded again.
          if (end >= 0) encoded = 1;
          return end;
        } finally {
          this.#timer.end(encoded);
        }
      },
      encodeControl: codec.encodeControl.bind(codec),
      decode: codec.decode.bind(codec),
      scan: codec.scan.bind(codec),
      seqAt: codec.seqAt.bind(codec),
      timeAt: codec.timeAt.bind(codec),
    };
  }

  /** From the first message of the window on: the first calls of all pay for the compiler. */
  start(): void {
    this.#started = true;
  }

  /** Mean µs a message; null when none was timed. */
  get mean(): number | null {
    return this.#timer.mean;
  }
}
