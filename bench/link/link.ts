/** The link of a cell, as the bench uses it. */
import type { LinkBook } from './link-book.js';
import type { LinkSpec } from './link-spec.js';

/**
 * One of the two ends: a network namespace of its own. Nothing there is reached but through the
 * link.
 */
export interface LinkEnd {
  /** The command line that runs `command` in it. */
  enter(command: readonly string[]): string[];
}

export interface Link {
  readonly spec: LinkSpec;
  /** With it `createClientLink` says what becomes of packet n of a client. */
  readonly seed: number;
  /** When it started, µs of CLOCK_MONOTONIC. */
  readonly startedAt: number;
  readonly serverEnd: LinkEnd;
  readonly clientEnd: LinkEnd;
  /** IPv4 address of the server. */
  readonly serverAddress: string;
  /** IPv4 address of client k, from 0; each has a link of its own. */
  clientAddress(k: number): string;
  /** Has a link of its own like those of the clients, which is in no book: for probes and a ping. */
  readonly probeAddress: string;
  /** Which client of the link that is. */
  readonly probeClient: number;
  /** What it has done so far. */
  book(): Promise<LinkBook>;
  /** CPU of the emulator so far, µs. @throws as `book` */
  cpuMicros(): Promise<number>;
  /** What was late until now is in no later book: it was a probe. */
  forgetLateness(): void;
  /** Ends the emulator; the namespaces go with the last process in them. Safe to call twice. */
  close(): Promise<void>;
  /** Settles when the emulator has ended, with the reason when it was not asked to. */
  readonly closed: Promise<Error | undefined>;
}
