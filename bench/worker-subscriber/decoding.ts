import type { Codec } from '../../src/codecs/codec.js';
import type { ControlMessage } from '../../src/core/message.js';
import type { Receiver } from '../../src/transports/transport.js';

/**
 * A receiver that decodes every message before it hands it on, as an application would, and throws
 * the result away.
 */
export class DecodingReceiver implements Receiver {
  readonly #codec: Codec;
  readonly #receiver: Receiver;
  #bytes: Buffer = Buffer.alloc(0);

  constructor(codec: Codec, receiver: Receiver) {
    this.#codec = codec;
    this.#receiver = receiver;
  }

  begin(bytes: Buffer, sendTime: number, arrivedAt: number, unreadSince?: number): void {
    this.#bytes = bytes;
    this.#receiver.begin(bytes, sendTime, arrivedAt, unreadSince);
  }

  message(seq: number, start: number, end: number): void {
    try {
      this.#codec.decode(this.#bytes, start, end);
    } catch {
      // Found by the scan and yet malformed: whether it is what was published is for the content
      // check to say.
    }
    this.#receiver.message(seq, start, end);
  }

  overdue(): void {
    this.#receiver.overdue?.();
  }

  end(): void {
    this.#receiver.end();
  }

  control(control: ControlMessage): void {
    this.#receiver.control(control);
  }
}
