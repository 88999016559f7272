/** Which subscribers are furthest behind. */
import type { Subscriber } from './subscriber.js';

/** A subscriber that is behind, or has lost messages by its overload policy. */
export interface SlowClient {
  /** `tcp://10.0.0.7:50412`; empty where the transport does not tell. */
  readonly remote: string;
  /** Name of its overload policy. */
  readonly policy: string;
  /** Messages retained that it has not been sent yet, now. */
  readonly backlog: number;
  /** Messages that its policy skipped, and replaced by later ones of their keys, so far. */
  readonly dropped: number;
  readonly conflated: number;
}

type Measured = Pick<Subscriber, 'ended' | 'lag' | 'dropped' | 'conflated' | 'policy' | 'sink'>;

/**
 * The `most` subscribers with the longest backlog, and of those with the same, who lost most; none
 * that is in step and has lost nothing. One pass, whatever their number.
 */
export function slowestOf(subscribers: Iterable<Measured>, most: number): SlowClient[] {
  const found: SlowClient[] = [];
  for (const { ended, lag, dropped, conflated, policy, sink } of subscribers) {
    if (ended || lag + dropped + conflated === 0) continue;
    const last = found[most - 1];
    if (last !== undefined && order({ backlog: lag, dropped, conflated }, last) >= 0) continue;
    const { remote = '' } = sink;
    const client = { remote, policy: policy.rule, backlog: lag, dropped, conflated };
    const at = found.findIndex((other) => order(client, other) < 0);
    found.splice(at < 0 ? found.length : at, 0, client);
    if (found.length > most) found.pop();
  }
  return found;
}

type Order = Pick<SlowClient, 'backlog' | 'dropped' | 'conflated'>;

/** Negative when `a` comes before `b`. */
function order(a: Order, b: Order): number {
  return b.backlog - a.backlog || b.dropped + b.conflated - (a.dropped + a.conflated);
}
