/** What happens to a feed, in one line each. Pure. */
import { formatInteger } from '../../reports/format.js';
import type { GapReason, Notice } from '../../src/client/notice.js';
import { durationText } from '../../src/options/values.js';

const WHY: Readonly<Record<GapReason, string>> = {
  lagged: 'the server skipped them, as this subscriber fell behind or its codec cannot carry them',
  retention: 'the server no longer has them',
  restart: 'the restarted server no longer has them',
  network: 'lost on the way',
  'slow-consumer': 'they came faster than they were taken',
};

/** Undefined for what is no news: the first welcome, and the end that was asked for. */
export function noticeText(notice: Notice): string | undefined {
  switch (notice.type) {
    case 'connected':
      return notice.resumed
        ? `connected again, going on with seq ${notice.welcome.next}`
        : undefined;
    case 'gap': {
      const { from, to, missed, reason, exact } = notice;
      const unit = missed === 1 ? 'message' : 'messages';
      const bound = exact ? '' : reason === 'network' ? 'at least ' : 'at most ';
      const where = from === to ? `seq ${from}` : `seq ${from} to ${to}`;
      return `gap: ${bound}${formatInteger(missed)} ${unit} missing (${where}): ${WHY[reason]}`;
    }
    case 'snapshot-incomplete': {
      const bound = notice.exact ? '' : 'at most ';
      return `gap: ${bound}${formatInteger(notice.missed)} of the snapshot missing: ${WHY[notice.reason]}`;
    }
    case 'reconnecting': {
      const when = notice.delayMs === 0 ? 'at once' : `in ${durationText(notice.delayMs)}`;
      return `reconnecting ${when} (attempt ${notice.attempt}): ${notice.cause.code}: ${notice.cause.message}`;
    }
    case 'restarted':
      return `the server was restarted: epoch ${notice.newEpoch} after ${notice.oldEpoch}`;
    case 'ended':
      return notice.reason === 'closed' ? 'the feed is over' : undefined;
  }
}
