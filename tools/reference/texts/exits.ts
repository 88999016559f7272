/** What is said of each exit code, by its name in `EXIT_CODES`. */
export const EXIT_TEXTS: Readonly<Record<string, string>> = {
  ok: 'done; not a cell INVALID; of `lab subscribe`: the feed is over, or its reader has had enough; of `lab serve`: stopped',
  failed:
    'a runtime error: what was asked for could not be done, or its outcome not be written; of `lab doctor`: something is bad; of `lab selftest`: a figure was not recovered; of `lab ping`: nothing answered; of `lab link`: the link does not do what it was asked to; of `lab choose`: no choice can be made, and how it can',
  usage: 'a usage error: the caller’s to fix; a run has measured nothing',
  incomplete:
    'the result is there, but incomplete or with an INVALID cell; of `lab search`: an answer is the limit of the instrument; of `lab record`: messages are missing in the recording',
  gateBroken:
    'a `--threshold` broke (a cell may be INVALID as well), or `lab compare` or `lab ab` found what its `--fail-on` names; of `lab search`: the smallest load does not hold an objective',
  interrupted:
    'interrupted (Ctrl-C, SIGTERM, SIGHUP): once drains and reports what there is, twice quits; `lab serve` exits 0 after the first',
  readerGone: 'nobody read stdout any more',
};
