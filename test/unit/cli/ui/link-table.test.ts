import { describe, expect, it } from 'vitest';
import { renderProfiles, renderVerification } from '../../../../cli/ui/link-table.js';
import { verificationOf } from '../../../support/link/seen-link.js';

const plain = (_: unknown, text: string): string => text;

describe('the table of lab link', () => {
  it('has what was asked for beside what was found and allowed, and the outcome last', () => {
    const text = renderVerification(
      'slow',
      verificationOf({ asked: 'delay=20ms/rate=10mbit', done: 'delay=20ms/rate=5mbit' }),
      100,
      plain,
    );
    expect(text).toMatch(/^verdict +figure +requested +achieved +allowed\n/);
    expect(text).toMatch(/\nup: client to server\n.*delay p1 .*\n/);
    expect(text).toMatch(/✘ bad +rate +10\.0 Mbit\/s +5\.\d+ Mbit\/s +9\.\d+ to 10\.\d+ Mbit\/s/);
    expect(text).toMatch(/✔ ok +packets of another fate than decided +0 +0 +0\n/);
    expect(text).toMatch(/\n✘ the link slow is not to be used: \d+ of 15 figures are outside\n$/);
    const good = renderVerification('4g', verificationOf({ asked: '4g' }), 100, plain);
    expect(good).toMatch(/\n✔ the link 4g does what it was asked to\n$/);
  });

  it('lists profiles, and under it where they come from', () => {
    const profiles = {
      none: { parts: '', source: 'nothing' },
      far: { parts: 'delay=1s', source: 'a book', assumed: 'all of it' },
    };
    expect(renderProfiles(profiles, 100, plain)).toBe(
      'profile  parts\n───────  ────────\nnone     –\nfar      delay=1s\n\nSources:\nnone: nothing\nfar: a book; assumed: all of it\n',
    );
  });
});
