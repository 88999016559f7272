const MAX_CACHED = 256;

/**
 * What has been made for readers at a position, so that all at the same one share it: by the limit
 * they asked with (one or two per transport) and the position. Valid until something is committed.
 */
export class PositionCache<T> {
  readonly #byLimit = new Map<number, Map<number, T>>();

  get(limit: number, position: number): T | undefined {
    return this.#byLimit.get(limit)?.get(position);
  }

  set(limit: number, position: number, value: T): void {
    let cache = this.#byLimit.get(limit);
    if (cache === undefined) {
      cache = new Map();
      this.#byLimit.set(limit, cache);
    }
    if (cache.size >= MAX_CACHED) cache.clear();
    cache.set(position, value);
  }

  clear(): void {
    for (const cache of this.#byLimit.values()) if (cache.size > 0) cache.clear();
  }
}
