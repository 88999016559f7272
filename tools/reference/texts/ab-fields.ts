/** What is said of the fields of an A/B. */
import type { FieldSection, FieldText } from '../field-text.js';

/** Of a comparison, which stands at two places: B against A, and the control against A. */
const COMPARISON: readonly FieldText[] = [
  ['.tests', 'tests', 'made in all, over metrics × cells: Holm corrects for these'],
  [
    '.detectable',
    'boolean',
    'false: with so few blocks no difference, however large, could have been told',
  ],
  [
    '.blocks_to_detect',
    'blocks',
    'with so many a clear difference can be told in every one of the tests',
  ],
  ['.totals.better', 'metrics', 'with this verdict, over all cells'],
  ['.totals.worse', 'metrics', 'with this verdict'],
  ['.totals.equivalent', 'metrics', 'with this verdict'],
  ['.totals.inconclusive', 'metrics', 'with this verdict'],
  [
    '.cells[].a',
    'text',
    'id of the cell of A without its run: `tcp/line-json/c100/r100/s40/d2000`',
  ],
  ['.cells[].b', 'text', 'id of the cell that stands against it'],
  ['.cells[].name_a', 'text', 'what tables call the cell of A'],
  ['.cells[].name_b', 'text', 'what tables call the other one'],
  ['.cells[].blocks.usable', 'blocks', 'of which all cells count: the size of the sample'],
  ['.cells[].blocks.suspect', 'blocks', 'of these, with a SUSPECT cell'],
  ['.cells[].blocks.invalid', 'blocks', 'left out, as a cell of it is INVALID'],
  ['.cells[].blocks.incomplete', 'blocks', 'left out, as a cell of it is missing or was cut short'],
  [
    '.cells[].blocks.other_latency',
    'blocks',
    'left out, as latencies of a cell of it do not end where those of most of its side do',
  ],
  [
    '.cells[].causes[].code',
    'text',
    'why a cell is SUSPECT or INVALID, as [in a result](results.md); what holds of most blocks comes first',
  ],
  ['.cells[].causes[].blocks', 'blocks', 'with a cell of which it holds, usable or not'],
  [
    '.cells[].same_feed',
    'boolean',
    'whether both published the same keys and values, by `feed_sha256`',
    'nobody knows, or the loads differ',
  ],
  [
    '.cells[].latency_at.a',
    'text',
    'what latencies of A count to, as [in a result](results.md): `arrival` or `receipt`',
    'there is no usable block',
  ],
  ['.cells[].latency_at.b', 'text', 'the same of the other one', 'there is no usable block'],
  ['.cells[].metrics[].metric', 'text', 'as `--metrics` names it'],
  [
    '.cells[].metrics[].unit',
    'text',
    'of `a` and `b`: `us`, `cpu_us`, `per_s`, `share`, `messages` or `bytes`',
  ],
  ['.cells[].metrics[].better', 'text', '`lower` or `higher`'],
  [
    '.cells[].metrics[].scale',
    'text',
    '`ratio`: change, interval, margin and detectable are shares of A, 0.1 = 10 % more; `difference`: they are in `unit`, for shares and what may be 0',
  ],
  [
    '.cells[].metrics[].a',
    'as `unit` says',
    'median over the runs of A in the usable blocks',
    'a run lacks the figure',
  ],
  ['.cells[].metrics[].b', 'as `unit` says', 'the same of the other one', 'a run lacks the figure'],
  [
    '.cells[].metrics[].change',
    'as `scale` says',
    'B against A: the Hodges–Lehmann median over the blocks',
    'a run lacks the figure',
  ],
  [
    '.cells[].metrics[].change_ci',
    'as `scale` says',
    'its 95 % interval',
    'there are fewer than 6 blocks, or a run lacks the figure',
  ],
  ['.cells[].metrics[].change_ci.low', 'as `scale` says', 'its lower end'],
  ['.cells[].metrics[].change_ci.high', 'as `scale` says', 'its upper end'],
  ['.cells[].metrics[].margin', 'as `scale` says', 'the smallest difference that matters here'],
  [
    '.cells[].metrics[].detectable',
    'as `scale` says',
    'an estimate: a true difference as large as this is told in 80 % of sessions of as many blocks with as much noise',
    'there is no interval',
  ],
  ['.cells[].metrics[].method', 'text', '`exact` or `asymptotic`', 'there was no test'],
  [
    '.cells[].metrics[].p',
    'probability',
    'of the signed-rank test, two-sided',
    'there was no test',
  ],
  ['.cells[].metrics[].p_adjusted', 'probability', "after Holm's correction", 'there was no test'],
  [
    '.cells[].metrics[].verdict',
    'text',
    '`better`, `worse`, `equivalent` (no difference as large as the margin) or `inconclusive`',
  ],
  [
    '.cells[].metrics[].reason',
    'text',
    'why it is inconclusive: `NOT_MEASURED`, `ARRIVAL_AND_RECEIPT`, `TOO_FEW_BLOCKS`, `WIDE_INTERVAL`, `NOT_SIGNIFICANT`; and `ALL_EQUAL` of what is equal in every block',
    'the interval says it',
  ],
  [
    '.cells[].metrics[].blocks_needed',
    'blocks',
    'that would likely settle it, in all',
    'it is settled, or nobody knows, or it is more than 1,000',
  ],
];

function under(path: string): FieldText[] {
  return COMPARISON.map(([at, ...rest]) => [path + at, ...rest] as unknown as FieldText);
}

export const AB_FIELDS: readonly FieldSection[] = [
  {
    title: 'The session',
    about: '',
    fields: [
      ['schema', 'text', '`lab-ab/v1`'],
      ['tool.name', 'text', '`streampulse-lab`'],
      ['tool.version', 'text', 'of the lab that made this document'],
      ['started_at', 'ISO 8601, UTC', 'when it began'],
      ['duration_s', 's', 'how long it took'],
      ['command', 'text', 'that began it'],
      ['seed', 'number', 'of the order of the blocks'],
      ['incomplete', 'boolean', 'a cell is missing, or was cut short'],
      ['ended', 'object', 'why it ended before its end', 'it did not'],
      ['ended.code', 'text', '`INTERRUPTED`, `QUIT`, `LOST`, or the code of an error'],
      ['ended.message', 'text', 'the same in words'],
      ['blocks_planned', 'blocks', 'asked for'],
      ['alpha', 'probability', 'a p below it is significant: 0.05'],
      ['confidence', 'probability', 'of the intervals: 0.95'],
      ['margin', 'share', 'the smallest difference that matters, of A: `--margin`'],
      ['power', 'probability', 'that `detectable` is for: 0.8'],
      ['arms[].label', 'text', '`A`, `B`, or `control`: A once more'],
      ['arms[].flags', 'text', 'as given, those of `--both` first'],
      ['arms[].command', 'text', 'measures its cells alone'],
      ['arms[].program', 'text', 'the lab that measured it', 'this one did, in its own process'],
      ['arms[].version', 'text', 'of that lab', 'it measured nothing'],
      ['arms[].git', 'text', 'commit of that lab', 'it measured nothing, or nobody knows'],
      ['arms[].cells', 'cells', 'measured'],
      ['arms[].invalid', 'cells', 'of these, INVALID'],
    ],
  },
  {
    title: 'B against A',
    about: '',
    fields: under('comparison'),
  },
  {
    title: 'The control against A',
    about:
      'A against itself: what it calls a difference is noise. `b` is the control here. A correction of its own: it costs B no power.',
    fields: [['control', 'object', 'A against itself', 'without `--control`'], ...under('control')],
  },
];
