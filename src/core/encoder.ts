import type { ControlMessage, Message } from './message.js';

/**
 * The half of a codec that the core needs: turning messages into bytes. `src/codecs/codec.ts`
 * extends it.
 */
export interface MessageEncoder {
  readonly name: string;
  /**
   * No encoded message is ever longer; encode throws LAB_ERR_MESSAGE_TOO_LARGE, decoding refuses
   * it.
   */
  readonly maxMessageBytes: number;

  /**
   * Writes `message` into `into` at `offset` and returns the offset after it, or −1 when it does
   * not fit in the room left (what was written from `offset` on is then meaningless).
   * @throws LAB_ERR_MESSAGE_TOO_LARGE, LAB_ERR_MESSAGE_INVALID (seq, time or key out of range)
   */
  encode(message: Message, into: Buffer, offset: number): number;

  /** The same for a control message. Never on a hot path. */
  encodeControl(control: ControlMessage, into: Buffer, offset: number): number;
}
