import type { MessageEncoder } from '../../../src/core/encoder.js';
import type { ControlMessage, Message } from '../../../src/core/message.js';
import { LabError } from '../../../src/errors.js';

/**
 * The simplest encoder there can be, so that tests of the core need no codec: `seq|key|value\n`.
 */
export class TinyEncoder implements MessageEncoder {
  readonly name: string;
  readonly maxMessageBytes: number;

  constructor(name = 'tiny', maxMessageBytes = 1024 * 1024) {
    this.name = name;
    this.maxMessageBytes = maxMessageBytes;
  }

  encode(message: Message, into: Buffer, offset: number): number {
    const line = tinyLine(message);
    if (line.length > this.maxMessageBytes) {
      throw new LabError('LAB_ERR_MESSAGE_TOO_LARGE', `${this.name}: ${line.length} bytes`);
    }
    if (line.length > into.length - offset) {
      // What is written before giving up means nothing: a log must not show it.
      into.fill('!', offset);
      return -1;
    }
    return offset + into.write(line, offset, 'latin1');
  }

  encodeControl(control: ControlMessage, into: Buffer, offset: number): number {
    return offset + into.write(`!${control.control}\n`, offset, 'latin1');
  }
}

/** The bytes of one message, one byte a character. */
export function tinyLine({ seq, key, value }: Pick<Message, 'seq' | 'key' | 'value'>): string {
  return `${seq}|${key}|${String(value)}\n`;
}

/** Sequence numbers of the whole messages in `bytes`; throws when there is anything else in it. */
export function tinySeqs(bytes: Buffer): number[] {
  const lines = bytes.toString('latin1').split('\n');
  if (lines.pop() !== '') throw new Error('the bytes do not end with a whole message');
  return lines.map((line) => {
    const match = /^(\d+)\|[^|]*\|[^|]*$/.exec(line);
    if (match === null) throw new Error(`not a message: ${line.slice(0, 40)}`);
    return Number(match[1]);
  });
}
