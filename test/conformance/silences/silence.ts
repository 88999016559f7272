/**
 * A server that says so much of what it owes a client and no more: what the laws about silence are
 * tried with.
 */
import type { Codec } from '../../../src/codecs/codec.js';
import type { ControlMessage, Welcome } from '../../../src/core/message.js';
import type { Endpoint } from '../../../src/transports/endpoint.js';

export interface SilentServer {
  readonly endpoint: Endpoint;
  /** Resolves when it has said its last, or hears nothing more of the client either. */
  readonly silent: Promise<void>;
  /** Says what comes next, the welcome or a heartbeat, in this turn of the event loop. */
  speak(): void;
  /** Says nothing more by itself. */
  hush?(): void;
}

export interface Silence {
  /** Goes on "a server that …". */
  readonly server: string;
  /** What follows the welcome; absent = there is none. */
  readonly welcomes?: 'then-nothing' | 'then-nonsense';
  /** Its welcome is all that is missing. */
  readonly isLate?: true;
  /** It is closed when the test is over. `welcome`: what it says of itself, if it says anything. */
  open(codec: Codec, welcome?: Welcome): Promise<SilentServer>;
}

export function encoded(codec: Codec, control: ControlMessage): Buffer {
  const room = Buffer.alloc(4_096);
  return room.subarray(0, codec.encodeControl(control, room, 0));
}

/** Lets the event loop go round: what is on its way on the loopback arrives, and is read. */
export async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise<void>((resolve) => setImmediate(resolve));
}

export function promised(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
