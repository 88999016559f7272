import { isIPv6 } from 'node:net';

/** iputils puts a time stamp of 16 bytes into the payload: with less it prints no times. */
const MIN_SIZE = 16;
/** What fits into one IPv4 packet: 65,535 − 20 (IP) − 8 (ICMP); Windows stops at 65,500. */
const MAX_SIZE = 65_507;
const MAX_SIZE_WINDOWS = 65_500;

/** How much is asked of the ping: everything, a longer interval, or nothing but count and size. */
export type PingManner = 'full' | 'slow' | 'plain';

interface PingCommand {
  readonly file: string;
  readonly args: readonly string[];
  /** What this ping will really do. */
  readonly count: number;
  readonly intervalMs: number;
}

/** The payload a ping can carry and time, nearest to `sizeBytes`, in bytes. */
export function pingSize(sizeBytes: number, platform: NodeJS.Platform): number {
  const most = platform === 'win32' ? MAX_SIZE_WINDOWS : MAX_SIZE;
  return Math.min(Math.max(Math.round(sizeBytes) || 0, MIN_SIZE), most);
}

/**
 * The command line of a ping that sends `count` requests `intervalMs` apart. A slower manner sends
 * fewer of them, in about the same time, but at least 3.
 */
export function pingCommand(
  options: {
    readonly host: string;
    /** Address to ping from, on systems whose ping has `-I`. */
    readonly from?: string | undefined;
    readonly size: number;
    readonly count: number;
    readonly intervalMs: number;
  },
  platform: NodeJS.Platform,
  manner: PingManner,
): PingCommand {
  const { host, size } = options;
  const intervalMs = intervalOf(options.intervalMs, platform, manner);
  const fewer = Math.max(3, Math.round((options.count * options.intervalMs) / intervalMs));
  const count = intervalMs > options.intervalMs ? Math.min(options.count, fewer) : options.count;
  if (platform === 'win32') {
    const args = ['-n', `${count}`, '-l', `${size}`, '-w', '1000', host];
    return { file: 'ping', args, count, intervalMs };
  }
  const basic = ['-c', `${count}`, '-s', `${size}`];
  const interval = ['-i', (intervalMs / 1000).toFixed(3)];
  // -W is in seconds on Linux, in milliseconds on BSD and macOS, and unknown to the ping6 of macOS.
  const wait = platform === 'linux' ? ['-W', '1'] : [];
  const args = manner === 'plain' ? basic : ['-n', ...basic, ...interval, ...wait];
  const file = platform === 'darwin' && isIPv6(host) ? 'ping6' : 'ping';
  const source = options.from === undefined ? [] : ['-I', options.from];
  return { file, args: [...args, ...source, host], count, intervalMs };
}

/**
 * Ordinary users may not go below 200 ms with older iputils, 100 ms on macOS, 1 s on BSD; Windows
 * only knows 1 s.
 */
function intervalOf(wanted: number, platform: NodeJS.Platform, manner: PingManner): number {
  if (platform === 'win32' || manner === 'plain') return 1_000;
  return manner === 'slow' ? Math.max(wanted, 200) : wanted;
}
