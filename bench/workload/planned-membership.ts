import type { FeedPlan } from './feed-plan.js';
import type { Span, Window } from './window.js';
import type { TimeOrigin, WindowMembership } from './window-membership.js';

/** By intended time, as the plan of our own feed has it. */
export class PlannedMembership implements WindowMembership {
  readonly kind = 'planned';
  readonly feed: FeedPlan;
  readonly beyond: number = Number.POSITIVE_INFINITY;
  readonly #first: number;
  readonly #last: number;

  constructor(feed: FeedPlan) {
    this.feed = feed;
    this.#first = feed.first;
    this.#last = feed.last;
  }

  get span(): Span {
    return { before: this.#first - 1, last: this.#last, isOver: true };
  }

  open({ t0 }: Window): TimeOrigin {
    // Intended times count from t0, stamps are of the clock of all processes.
    return { latency: t0, service: 0 };
  }

  close(): void {}

  includes(seq: number): boolean {
    return seq >= this.#first && seq <= this.#last;
  }

  /** All: what was not published is known by its arrivals, of which there are none. */
  positionsOf(): { readonly from: number; readonly count: number } {
    return { from: 0, count: this.feed.due.length };
  }

  assertSound(): void {}
}
