/** Connections of one server that wait beyond those it always has room for. */
export interface Waiters {
  readonly beyondRoom: number;
  /** Closes the one that has waited for longest. */
  evict(): void;
}

/** Many clients may come at once, after a restart say: so many more wait then. */
const MOST_AT_ONCE = 4_096;

/**
 * Places that nobody has subscribed for are as good to wait in. The servers of one broadcast share
 * them, so that their connections and subscribers together are never more than the places, and what
 * each has always room for.
 */
export class WaitingQuota {
  readonly #members: Waiters[] = [];

  join(member: Waiters): void {
    this.#members.push(member);
  }

  /**
   * Has those who wait beyond the room fit in `places`: where most of them are, the one that has
   * waited for longest goes.
   */
  fit(places: number): void {
    const most = Math.min(MOST_AT_ONCE, places);
    for (let fullest = this.#fullest(); fullest !== undefined; fullest = this.#fullest()) {
      let sum = 0;
      for (const { beyondRoom } of this.#members) sum += beyondRoom;
      if (sum <= most) return;
      fullest.evict();
    }
  }

  /** Undefined when nobody waits beyond the room. */
  #fullest(): Waiters | undefined {
    let fullest: Waiters | undefined;
    for (const member of this.#members) {
      if (member.beyondRoom > (fullest?.beyondRoom ?? 0)) fullest = member;
    }
    return fullest;
  }
}
