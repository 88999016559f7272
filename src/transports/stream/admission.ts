/** Whom a server of connections lets in, and what it is told. */
import type { Codec } from '../../codecs/codec.js';
import type { Clock } from '../../core/clock.js';
import type { Liveness } from '../server/liveness.js';
import type { WaitingRoomOptions } from '../server/waiting-room.js';
import type { StreamSink, StreamSinkOptions } from './sink.js';

export interface ConnectionsOptions extends Omit<WaitingRoomOptions, 'deadlines'> {
  readonly codecs: readonly Codec[];
  readonly clock: Clock;
  readonly heartbeatMs: number;
  readonly maxQueuedBytes: number;
  /** Absent: the kernel's own limit. */
  readonly notSentBytes?: number | undefined;
  /** Absent: that of the kernel. */
  readonly congestion?: string | undefined;
  /** A subscriber that takes nothing of what is queued for it for this long is ended. */
  readonly stallMs: number;
  /** One with nothing queued gives a sign of life within this; absent = none is expected. */
  readonly silenceMs?: number;
}

/** What a kind of connection does in its own way. */
export interface Admission {
  /** Makes the sink of a client that is let in, and tells `liveness` what it hears of it. */
  sink(codec: Codec, options: StreamSinkOptions, liveness: Liveness): StreamSink;
  /**
   * Tells why not: `end` is an encoded END, a JSON line (and `codec` undefined) while none is
   * agreed on, which everyone can read.
   */
  refuse(end: Buffer, codec: Codec | undefined, reason: string): void;
}
