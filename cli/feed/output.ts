import type { Feed } from '../../src/client/feed-stats.js';
import { type Clock, followingClock } from '../../src/core/clock.js';
import type { Message } from '../../src/core/message.js';
import { note, stdoutStyle } from '../output.js';
import { FeedBoard, type KeyRow, type SortBy } from '../ui/feed-board.js';
import { FeedScreen } from '../ui/feed-screen.js';
import { renderFeed, visibleKeys } from '../ui/feed-view.js';
import { BatchedOut } from './batched-out.js';
import { type Format, lineFormat, rawFormat } from './message-text.js';

/** Where the messages of `lab subscribe` go. */
export interface FeedOutput {
  /** A promise when no more can be taken until it resolves. */
  message(message: Message): Promise<void> | undefined;
  /** Says something where it does not tear the output; absent: stderr will do. */
  readonly say?: (text: string) => void;
  /** Everything has been written. */
  finish(): Promise<void>;
  /** Leaves the terminal clean. Safe to call twice. */
  close(): void;
}

export async function openFeedOutput(
  url: string,
  feed: Feed,
  options: {
    readonly view: boolean;
    readonly raw?: boolean;
    readonly sort?: string;
    readonly stop: AbortSignal;
  },
): Promise<FeedOutput> {
  if (options.view) return new LiveOutput(url, feed, options.sort === 'rate' ? 'rate' : 'key');
  return new LinesOutput(options.raw === true ? rawFormat : await lineFormat(), options.stop);
}

class LinesOutput implements FeedOutput {
  readonly #format: Format;
  readonly #out: BatchedOut;

  constructor(format: Format, stop: AbortSignal) {
    this.#format = format;
    this.#out = new BatchedOut(process.stdout, stop);
  }

  message(message: Message): Promise<void> | undefined {
    return this.#out.write(this.#format(message));
  }

  finish(): Promise<void> {
    return this.#out.finish();
  }

  close(): void {}
}

const REMEMBERED_NOTICES = 3;

class LiveOutput implements FeedOutput {
  readonly #board = new FeedBoard();
  readonly #clock: Clock = followingClock();
  readonly #screen: FeedScreen;
  #notices: string[] = [];

  constructor(url: string, feed: Feed, sort: SortBy) {
    const style = stdoutStyle();
    this.#screen = new FeedScreen((size) => {
      const frame = {
        url,
        stats: feed.stats(),
        rows: this.#rows(sort, visibleKeys(size, this.#notices.length)),
        keys: this.#board.size,
        untracked: this.#board.untracked,
        notices: this.#notices,
      };
      return renderFeed(frame, size, style);
    });
  }

  #rows(sort: SortBy, limit: number): KeyRow[] {
    this.#clock.follow?.();
    return this.#board.rows(this.#clock.now(), sort, limit, this.#clock.step);
  }

  message(message: Message): undefined {
    this.#board.apply(message, this.#clock.now(), this.#clock.step);
  }

  /** Below the table; and on stderr, where that is not the same terminal. */
  readonly say = (text: string): void => {
    // One attempt after the other would push out everything else.
    const isAttempt = (line: string | undefined): boolean =>
      line?.startsWith('reconnecting ') === true;
    const kept =
      isAttempt(text) && isAttempt(this.#notices.at(-1))
        ? this.#notices.slice(0, -1)
        : this.#notices;
    this.#notices = [...kept, text].slice(-REMEMBERED_NOTICES);
    if (process.stderr.isTTY !== true) note(`lab: ${text}`);
  };

  async finish(): Promise<void> {
    this.close();
  }

  close(): void {
    this.#screen.close();
  }
}
