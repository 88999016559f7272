import { z } from 'zod';
import { text, timerMs, whole } from '../../core/options.js';
import type { OptionTable } from '../../options/option.js';
import { STREAM_OPTIONS, type StreamListenOptions } from '../stream/options.js';

/** Of a WebSocket server. */
export interface WsListenOptions extends StreamListenOptions {
  /**
   * WebSocket: origins whose pages may connect, e.g. `https://example.org`. Default any. Who names
   * none is not a browser, and may.
   */
  readonly origins?: readonly string[];
  /** WebSocket: longest message of a client; a longer one closes its connection. Default 64 KiB. */
  readonly maxRequestBytes?: number;
  /**
   * WebSocket: how often a client is pinged, to the nearest whole number of heartbeats. Default
   * 5,000 ms.
   */
  readonly pingMs?: number;
  /**
   * WebSocket: a client with nothing queued that gave no sign of life for this long (no pong, no
   * message) is cut. Default 30,000 ms.
   */
  readonly pongTimeoutMs?: number;
}

export const WS_OPTIONS: OptionTable = [
  ...STREAM_OPTIONS,
  {
    name: 'origins',
    side: 'listen',
    schema: z.array(text("'https://example.org'"), { error: 'give a list of origins' }),
  },
  { name: 'maxRequestBytes', side: 'listen', schema: whole(1, 1024 ** 3) },
  { name: 'pingMs', side: 'listen', schema: timerMs() },
  { name: 'pongTimeoutMs', side: 'listen', schema: timerMs() },
];
