/**
 * Every number that a page states about limits is that of the code: in its tables, and in its
 * sentences.
 */
import { describe, expect, it } from 'vitest';
import { constantsIn, quantities, quantity, readProject, tableRows } from '../support/docs/docs.js';

/**
 * Pages with limits, and what their sentences may say in numbers besides: names of standards and
 * codes, what is not a limit, and what another test holds against the code.
 */
const PAGES: Readonly<Record<string, readonly RegExp[]>> = {
  'SECURITY.md': [],
  'docs/design/server.md': [
    /exits? (code is )?[01]\b/g,
    /then exits 1/g,
    /\b503\b/g,
    /exits at once with 130/g,
    /a thousand (refusals|HELLOs)/g,
  ],
  'docs/design/protocol.md': [
    /−0 arrives as 0/g,
    /16 hex digits/g,
    /after one to two heartbeat periods/g,
    /0x0a/g,
    /on port 7400/g,
    // Measured; and what a sixth more than the stall limit is.
    /every 13 s for a reader of 10 KB\/s/g,
    /below (some )?[58]0? KB\/s/g,
    /below some 80 KB\/s/g,
    /acknowledged for 35 s/g,
    /\d+ bytes:/g,
  ],
  'docs/design/protocol-ws.md': [
    /\b(1002|1007|1008|1009|426|403|400|405)\b/g,
    /^\d\. /gm,
    /\d+ bytes, as|\d+ bytes:/g,
  ],
  'docs/design/protocol-udp.md': [
    /stands for 1,153 zero bytes/g,
    /not use are 0/g,
    /RETRY is 71 bytes/g,
    /u32, 0 before/g,
    /a HEARTBEAT of ` 0 or above/g,
    /less than 10 datagrams\/s/g,
    /20 on Linux/g,
    /0 \(older clients\)/g,
    // Made of the limits beside it, and examples.
    /the 99th percentile/g,
    /Below 13 datagrams in a round trip/g,
    /is 0\.75 to 4/g,
    /\*\*52 at 208 KiB\*\*, 256 at most/g,
    /a window of 52/g,
    /2,000 messages of 100 bytes are 182 datagrams, 6 round trips/g,
    /16,384 are 1,490, 31 round trips/g,
    /version 1\b/g,
  ],
};

/**
 * Here a number stands beside its constant or nowhere: in a sentence, that of another limit could
 * pass for it.
 */
const TABLES_ONLY = 'SECURITY.md';

/** What is not a quantity anywhere: standards, addresses, widths of fields, powers of two. */
const NAMES = [
  /RFC \d+( §[\d.]+)?/g,
  /UTF-8/g,
  /\b\d+\.\d+\.\d+\.\d+\b/g,
  /\bu(8|16|32|64)\b/g,
  /2\^\d+( − 1)?/g,
  /\bIPv[46]\b/g,
];

const WORDS = [
  'zero',
  'one',
  'two',
  'three',
  'four',
  'five',
  'six',
  'seven',
  'eight',
  'nine',
  'ten',
];

interface Limit {
  readonly limit: string;
  readonly value: string;
  readonly name: string;
  readonly path: string;
}

/** The rows of a page that name the constant they come from, whatever the table. */
function limitsIn(file: string): Limit[] {
  return tableRows(readProject(file)).flatMap(
    ({ cells: [limit = '', value = '', source = ''] }) => {
      const [, name, path] = /^`(\w+)` in `([\w/.-]+)`$/.exec(source) ?? [];
      return name === undefined || path === undefined ? [] : [{ limit, value, name, path }];
    },
  );
}

/** The sentences of a page: no tables, no code, no addresses of links. */
function sentences(file: string): string {
  return readProject(file)
    .replaceAll(/^```.*?^```$/gms, '')
    .replaceAll(/^\|.*$/gm, '')
    .replaceAll(/\]\([^)]*\)/g, ']')
    .replaceAll(/`[^`]+`/g, '`');
}

/** By its unit: 1,024 connections are not 1 KiB. */
function kindOf(text: string): 'bytes' | 'time' | 'count' {
  if (/(bytes|KiB|MiB)$/.test(text)) return 'bytes';
  return /\D$/.test(text) ? 'time' : 'count';
}

/** Quantities in a text, digits or words; lists as `100, 300 and 700 ms` are several. */
function quantitiesIn(text: string): string[] {
  const words = WORDS.join('|');
  const units = 'KiB|MiB|bytes|ms|s|seconds?|minutes?';
  const digits = new RegExp(`(?<![\\w.])(\\d[\\d,]*(?:\\.\\d+)?)(?:[ \\n](${units})\\b)?`, 'g');
  const spelt = new RegExp(
    `\\b(${words})[ \\n](${units}|heartbeats?|periods?|times|connections?|SUBSCRIBEs)\\b`,
    'gi',
  );
  return [
    ...[...text.matchAll(digits)].map(
      ([, number = '', unit = '']) => `${number.replace(/,$/, '')} ${unit}`,
    ),
    ...[...text.matchAll(spelt)].map(([, word = '', unit = '']) => {
      const known = new RegExp(`^(${units})$`).test(unit);
      return `${WORDS.indexOf(word.toLowerCase())} ${known ? unit : ''}`;
    }),
  ].map((one) => one.trim());
}

describe.each(Object.entries(PAGES))('the limits in %s', (file, other) => {
  const limits = limitsIn(file);

  it('are there', () => {
    expect(limits.length).toBeGreaterThan(5);
  });

  it.each(limits)('$limit: $value, as $name says', ({ value, name, path }) => {
    expect(constantsIn(path, name), `${name} in ${path}`).not.toEqual([]);
    expect(quantities(value)).toEqual(constantsIn(path, name));
  });

  it('are the only numbers in its sentences, and the same as in its tables', () => {
    const text = [...other, ...NAMES].reduce(
      (left, pattern) => left.replaceAll(pattern, ''),
      sentences(file),
    );
    const tied = new Set(
      (file === TABLES_ONLY ? [] : limits).flatMap(({ value }) =>
        quantities(value).map((number) => `${kindOf(value)} ${number}`),
      ),
    );
    // The unit may stand further on: 100, 300 and 700 ms, 8 random bytes.
    const known = (one: string): boolean =>
      [one, `${one} ms`, `${one} bytes`].some((text) =>
        tied.has(`${kindOf(text)} ${quantity(text)}`),
      );
    expect(quantitiesIn(text).filter((one) => !known(one))).toEqual([]);
  });

  it('has no exception that it does not need', () => {
    for (const pattern of other)
      expect(sentences(file).search(pattern), String(pattern)).toBeGreaterThan(-1);
  });
});

describe('a page', () => {
  it('that says ten seconds where the code has one is found, in digits or in words', () => {
    expect(quantitiesIn('at most 64 connections, 8 KiB of\nheaders, 5 s for a request')).toEqual([
      '64',
      '8 KiB',
      '5 s',
    ]);
    expect(quantitiesIn('it lives ten seconds, after 100, 300 and 1,500 ms')).toEqual([
      '100',
      '300',
      '1,500 ms',
      '10 seconds',
    ]);
    expect(quantities('100, 300, 1,500 ms')).toEqual([100, 300, 1_500]);
    expect(quantities('1 minute')).toEqual([60_000]);
  });

  it('says how long its examples are', () => {
    for (const file of ['docs/design/protocol.md', 'docs/design/protocol-ws.md']) {
      const examples = [
        ...readProject(file).matchAll(/(\d+) bytes[^\n]*:\n\n```hex (\w[\w-]*)\n(.*?)^```$/gms),
      ];
      expect(examples.length).toBeGreaterThan(1);
      for (const [, said, kind, block = ''] of examples) {
        const hex = block.replaceAll(/#.*$/gm, '').replaceAll(/\s+/g, '');
        // A frame of WebSocket has a head of two bytes before them.
        expect(hex.length / 2 - (kind === 'frame' ? 2 : 0)).toBe(Number(said));
      }
    }
  });
});
