/**
 * A server of the library with a feed of the test's own, which knows what it published and when.
 */
import { systemClock } from '../../../src/core/clock.js';
import { createServer, type LabServer, type ServerOptions } from '../../../src/index.js';

/** About one message every 2 ms. */
const PERIOD_MS = 2;

export interface TargetServer {
  readonly server: LabServer;
  readonly url: string;
  /** Fewest and most messages that it stamped within any window of this length. */
  published(windowMicros: number): { readonly fewest: number; readonly most: number };
  silence(): void;
  close(): Promise<void>;
}

/**
 * `aheadMicros`: how much its stamps are ahead of the clock, and `pace`: how much quicker or slower
 * they go. `burst`: messages published at one time, at the distance of so many.
 */
export async function openTargetServer(
  options: ServerOptions & {
    readonly aheadMicros?: number;
    readonly pace?: number;
    readonly burst?: number;
  } = {},
): Promise<TargetServer> {
  const { aheadMicros = 0, pace = 1, burst = 1, ...rest } = options;
  const server = await createServer({
    transports: ['tcp'],
    ports: { tcp: 0, udp: 0, ws: 0 },
    ...rest,
  });
  const clock = systemClock();
  const began = clock.now();
  const stamps: number[] = [];
  const timer = setInterval(() => {
    for (let i = 0; i < burst; i++) {
      const stamp = Math.floor(began + (clock.now() - began) * pace) + aheadMicros;
      server.publish(`k${i % 5}`, i, stamp);
      stamps.push(stamp);
    }
  }, PERIOD_MS * burst);
  const silence = (): void => clearInterval(timer);
  return {
    server,
    url: server.urls[0] as string,
    published: (windowMicros) => countsOf(stamps, windowMicros),
    silence,
    close: async () => {
      silence();
      await server.close({ drainMs: 0 });
    },
  };
}

/**
 * Windows that begin at a stamp have the most, those that begin right behind one the fewest; those
 * that outlast the feed are none.
 */
function countsOf(
  stamps: readonly number[],
  windowMicros: number,
): { fewest: number; most: number } {
  const last = stamps.at(-1) ?? 0;
  const counted = (from: number): number =>
    stamps.filter((stamp) => stamp >= from && stamp < from + windowMicros).length;
  const whole = stamps.filter((stamp) => stamp + windowMicros < last);
  return {
    fewest: Math.min(...whole.map((stamp) => counted(stamp + 1))),
    most: Math.max(...whole.map((stamp) => counted(stamp))),
  };
}
