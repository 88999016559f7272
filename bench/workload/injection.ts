/** Faults that are injected on purpose, to see whether a report shows them. */
export interface Injection {
  /** The server holds every message back for this long, after it was stamped as published. */
  readonly delayMs: number;
}

/** As it stands on the command line and in results: `delay=30ms`. */
export function injectionText({ delayMs }: Injection): string {
  return `delay=${delayMs}ms`;
}
