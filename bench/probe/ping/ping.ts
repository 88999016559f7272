import { isHost } from '../../../src/options/values.js';
import type { RoundTrip, RoundTripTimes } from '../../result/result.js';
import { unavailable } from '../round-trip.js';
import { type PingManner, pingCommand, pingSize } from './command.js';
import { explainFailure, installHint, refusesInterval, refusesOptions } from './failure.js';
import { type PingReport, parsePing } from './parse.js';
import { PingProcess, type ProcessOutput } from './process.js';

/** Whom to ping, how, and from where. */
export interface PingProbe {
  readonly host: string;
  /**
   * ICMP payload. Raised to 16 bytes, below which no ping tells times, and cut to what one packet
   * carries.
   */
  readonly sizeBytes: number;
  /** Address of this host to ping from; default: as the routes of the system have it. */
  readonly from?: string | undefined;
  /** Gives the command line that runs another one elsewhere, as in a network namespace. */
  readonly enter?: ((command: readonly string[]) => string[]) | undefined;
}

interface PingOptions extends PingProbe {
  /**
   * Between requests; at least 2 ms. A ping that refuses it is asked for 200 ms, then for its
   * default of 1 s.
   */
  readonly intervalMs: number;
  /** Program to run instead of the `ping` in PATH. */
  readonly command?: string;
}

/**
 * Beyond the requests themselves: one second for the last reply, the rest for starting and
 * resolving the name.
 */
const GRACE_MS = 3_000;
const MIN_INTERVAL_MS = 2;
const MAX_COUNT = 1_000_000;

/**
 * Round-trip time by the system's ping: the idle baseline. Never throws: without figures the result
 * has `available: false`, a reason and mostly a hint; `size_bytes` is the payload really used.
 * `available: true` with a reason: the resolution of this ping shows (docs/design/reasons.md).
 */
export async function runPing(
  options: PingOptions & { readonly count: number; readonly signal?: AbortSignal },
): Promise<RoundTrip> {
  const ping = new Pinger(options, options.count);
  const abort = (): void => ping.stop();
  options.signal?.addEventListener('abort', abort);
  if (options.signal?.aborted) ping.stop();
  try {
    return await ping.result;
  } finally {
    options.signal?.removeEventListener('abort', abort);
  }
}

/** A ping in the background. */
export interface RunningPing {
  /**
   * Ends it and gives what it measured, within about two seconds. Safe to call twice; never
   * rejects.
   */
  stop(): Promise<RoundTrip>;
}

/**
 * Pings until told to stop, at most about `maxMs`: round-trip times under load. The request under
 * way at the stop may count as sent and not received.
 */
export function startPing(options: PingOptions & { readonly maxMs: number }): RunningPing {
  const ping = new Pinger(
    options,
    Math.ceil(options.maxMs / Math.max(options.intervalMs, MIN_INTERVAL_MS)),
  );
  return {
    stop: () => {
      ping.stop();
      return ping.result;
    },
  };
}

class Pinger {
  readonly result: Promise<RoundTrip>;
  readonly #options: PingOptions;
  readonly #size: number;
  #process: PingProcess | undefined;
  #stopped = false;

  constructor(options: PingOptions, count: number) {
    this.#options = options;
    this.#size = pingSize(options.sizeBytes, process.platform);
    // A tick later, so that a stop that is already known starts nothing.
    this.result = Promise.resolve().then(() =>
      this.#run(Math.min(Math.max(Math.round(count) || 1, 1), MAX_COUNT)),
    );
  }

  stop(): void {
    this.#stopped = true;
    this.#process?.interrupt();
  }

  async #run(count: number): Promise<RoundTrip> {
    const { host, from, command, enter = (same: readonly string[]) => [...same] } = this.#options;
    if (!isHost(host)) {
      return this.#fail(
        `${JSON.stringify(host)} is not a host name or address`,
        'Give a host name or an IP address.',
      );
    }
    const intervalMs = Math.max(this.#options.intervalMs || 0, MIN_INTERVAL_MS);
    const manners: PingManner[] = intervalMs < 200 ? ['full', 'slow', 'plain'] : ['full', 'plain'];
    for (const manner of manners) {
      if (this.#stopped) break;
      const asked = pingCommand(
        { host, from, size: this.#size, count, intervalMs },
        process.platform,
        manner,
      );
      const maxMs = asked.count * asked.intervalMs + GRACE_MS;
      const [file, ...args] = enter([command ?? asked.file, ...asked.args]);
      this.#process = new PingProcess(file as string, args, maxMs);
      const output = await this.#process.finished;
      if (output.error) return await this.#notStarted(output.error, command ?? asked.file);
      const report = parsePing(output.stdout);
      const said = `${output.stderr}\n${output.stdout}`;
      const refused = report.received === 0 && (refusesInterval(said) || refusesOptions(said));
      if (!refused || manner === 'plain') return this.#conclude(report, output);
    }
    return this.#fail('ping was stopped before it began', null);
  }

  #conclude(report: PingReport, output: ProcessOutput): RoundTrip {
    const { sent, received, rtt_us, bounded } = report;
    const probe = { host: this.#options.host, size_bytes: this.#size, sent, received };
    if (rtt_us === null && received > 0) {
      return unavailable(
        probe,
        'this ping prints no times',
        'Install iputils ping, or use the echo baselines.',
      );
    }
    if (rtt_us === null) {
      const said = `${output.stderr}\n${output.stdout}`;
      if (this.#stopped && said.trim() === '')
        return this.#fail('ping was stopped before its first reply', null);
      const { reason, hint } = explainFailure(said, probe.host, sent);
      return unavailable(probe, reason, hint);
    }
    if (bounded * 2 >= received) {
      const reason = `${coarseness(rtt_us)}, and ${bounded} of ${received} replies took less than one`;
      return unavailable(
        probe,
        reason,
        'Use the TCP and UDP echo baselines, which count in microseconds.',
      );
    }
    return {
      available: true,
      reason: resolutionLimit(report, rtt_us),
      hint: null,
      ...probe,
      rtt_us,
    };
  }

  async #notStarted(error: NodeJS.ErrnoException, file: string): Promise<RoundTrip> {
    if (error.code === 'ENOENT') {
      return this.#fail(`there is no ${file} on this machine`, await installHint(process.platform));
    }
    return this.#fail(
      `${file} cannot be started: ${error.message}`,
      'Check that it is a program you may run.',
    );
  }

  #fail(reason: string, hint: string | null): RoundTrip {
    return unavailable({ host: this.#options.host, size_bytes: this.#size }, reason, hint);
  }
}

/** Below this median, µs, a whole millisecond is more than a tenth of it. */
const COARSE_BELOW = 10_000;

/** What the resolution of a ping does to its times; null when that is nothing to speak of. */
function resolutionLimit({ bounded, received }: PingReport, rtt: RoundTripTimes): string | null {
  if (bounded > 0) {
    const least = `${rtt.min / 1_000} ms`;
    return `${bounded} of ${received} replies took under ${least} and count as ${least}`;
  }
  if (!isWhole(rtt) || rtt.p50 >= COARSE_BELOW) return null;
  return 'this ping prints whole milliseconds, rounded down: the true times are up to 1 ms longer';
}

function coarseness(rtt: RoundTripTimes): string {
  if (isWhole(rtt)) return 'this ping prints whole milliseconds';
  return `this ping prints times in steps of ${rtt.min / 1_000} ms`;
}

/** No ping with decimals happens upon such times, and one that prints a deviation has decimals. */
function isWhole({ min, max, mdev }: RoundTripTimes): boolean {
  return mdev === null && min % 1_000 === 0 && max % 1_000 === 0;
}
