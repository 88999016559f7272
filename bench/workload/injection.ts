/** Faults that are injected on purpose, to see whether a report or a search shows them. */
export interface Injection {
  /** The server holds every message back for this long, after it was stamped as published. */
  readonly delayMs: number;
  /** It lets no more than this through in a second: the rest waits in line. Absent: any number. */
  readonly perSecond?: number;
}

/** As it stands on the command line and in results: `delay=30ms`, `capacity=400`. */
export function injectionText({ delayMs, perSecond }: Injection): string {
  const delay = delayMs > 0 || perSecond === undefined ? [`delay=${delayMs}ms`] : [];
  return [...delay, ...(perSecond === undefined ? [] : [`capacity=${perSecond}`])].join('/');
}
