import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { styleFor } from '../../../cli/ui/style.js';
import { terminalText } from '../../../cli/ui/terminal-text.js';
import { escapeXml } from '../../../reports/charts/svg.js';
import { codeBlock, codeSpan, escapeMarkdown } from '../../../reports/markdown/text.js';
import {
  visibleBlock,
  visibleJson,
  visibleLine,
  visibleLines,
} from '../../../reports/visible-text.js';

/** What must reach no terminal raw. A joiner is a part of some emoji. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;
const hiddenIn = (text: string): string[] =>
  (text.match(HIDDEN) ?? []).filter((char) => char !== '\u200d');

const nasty = fc.constantFrom(
  '\u001b[2J',
  '\u001b]0;title\u0007',
  '\u001b]8;;http://x\u001b\\',
  '\u009b31m',
  '\u009d0;t\u009c',
  '\u0007',
  '\r',
  '\n',
  '\t',
  '\b',
  '\0',
  '\u007f',
  '\u0085',
  '\u202e',
  '\u2066',
  '\u061c',
  '\u200b',
  '\u200d',
  '\u2060',
  '\ufeff',
  '\u00ad',
  '\u2028',
  '\u2029',
  '\u{e0001}',
  '\u{e0041}',
  '\ud800',
  '\udfff',
  '\u3164',
);
const piece = fc.oneof(nasty, fc.string({ unit: 'binary' }), fc.string());
const text = fc.array(piece, { maxLength: 20 }).map((parts) => parts.join(''));

const PRINTABLE = [
  'plain text, 5 µs ± 1 %, “quotes” — dashes… → ✔ ✘ ⚠',
  '価格 株式 가격 цена τιμή',
  'שלום עולם — مرحبا بالعالم',
  'नमस्ते ไทย',
  '😀 👩‍👩‍👧 🏳️‍🌈 👨🏽‍💻 ❤️ 1️⃣ 🇩🇪',
  'a\u0301 Å\u00a0x\u3000y',
];

describe('text of others, made visible', () => {
  it('holds nothing that steers a terminal, hides or reorders', () => {
    fc.assert(
      fc.property(text, (given) => {
        expect(hiddenIn(visibleLine(given))).toEqual([]);
        expect(hiddenIn(visibleBlock(given)).filter((char) => char !== '\n')).toEqual([]);
        expect(hiddenIn(terminalText(given)).filter((char) => char !== '\n')).toEqual([]);
        expect(hiddenIn(escapeMarkdown(given))).toEqual([]);
        expect(hiddenIn(codeSpan(given))).toEqual([]);
        expect(hiddenIn(codeBlock(given, '')).filter((char) => char !== '\n')).toEqual([]);
        expect(hiddenIn(escapeXml(given))).toEqual([]);
      }),
    );
  });

  it('is the same when it is made so again', () => {
    fc.assert(
      fc.property(text, (given) => {
        for (const make of [visibleLine, visibleBlock, visibleJson, terminalText])
          expect(make(make(given))).toBe(make(given));
      }),
    );
  });

  it.each(PRINTABLE)('what people write stays as it is: %s', (written) => {
    expect(visibleLine(written)).toBe(written);
    expect(visibleBlock(`${written}\n${written}`)).toBe(`${written}\n${written}`);
    expect(visibleJson(JSON.stringify(written))).toBe(JSON.stringify(written));
  });

  it('a line is never longer than 2,000 characters, and is cut between characters', () => {
    fc.assert(
      fc.property(piece, fc.integer({ min: 1, max: 3_000 }), (part, times) => {
        const line = visibleLine(part.repeat(times));
        expect(line.length).toBeLessThanOrEqual(2_000);
        expect(Buffer.from(line).toString()).toBe(line);
      }),
    );
    expect(visibleLine('x'.repeat(5_000_000))).toHaveLength(2_000);
    expect(visibleLine('😀'.repeat(3_000)).endsWith('😀…')).toBe(true);
  });

  it('lines of others never begin where those of the lab do', () => {
    expect(visibleLines('one\nlab: LAB_ERR_X\u001b[A', '    ')).toBe(
      'one\n    lab: LAB_ERR_X\\x1b[A',
    );
    expect(visibleLines('x'.repeat(9_000), '')).toHaveLength(2_000);
  });

  it('as JSON says exactly what it said', () => {
    fc.assert(
      fc.property(fc.jsonValue(), text, (value, given) => {
        const document = { value, [given]: given };
        for (const json of [JSON.stringify(document), JSON.stringify(document, null, 2)]) {
          const visible = visibleJson(json);
          expect(JSON.parse(visible)).toEqual(JSON.parse(json));
          expect(hiddenIn(visible).filter((char) => char !== '\n')).toEqual([]);
        }
      }),
    );
  });
});

describe('colours', () => {
  const style = styleFor({ isTTY: true }, { FORCE_COLOR: '1' });
  const plain = styleFor({ isTTY: false }, {});

  it('of the lab’s own come through, also one in another', () => {
    expect(terminalText(style('red', 'late'))).toBe('\u001b[31mlate\u001b[39m');
    expect(terminalText(style('bold', `a ${style('red', 'b')} c`))).toBe(
      '\u001b[1ma \u001b[31mb\u001b[39m c\u001b[22m',
    );
    expect(terminalText(plain('red', 'late'))).toBe('late');
  });

  it('of others do not, be they the same ones', () => {
    fc.assert(
      fc.property(text, (given) => {
        const [own = '', ...rest] = terminalText(style('red', `${given}\u001b[31m`)).split(
          '\u001b[39m',
        );
        expect(hiddenIn(own.replace('\u001b[31m', '')).filter((char) => char !== '\n')).toEqual([]);
        expect(rest).toEqual(['']);
      }),
    );
  });
});
