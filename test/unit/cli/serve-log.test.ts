import { describe, expect, it } from 'vitest';
import { createLog } from '../../../cli/serve/log.js';

function logged(
  terminal: boolean,
  level = 'info',
): { log: ReturnType<typeof createLog>; lines: string[] } {
  const lines: string[] = [];
  return { log: createLog(level, terminal, (line) => lines.push(line)), lines };
}

describe('the log of lab serve', () => {
  it('is one JSON object a line: level, time, what, and its fields', () => {
    const { log, lines } = logged(false);
    log.warn({ transport: 'tcp', messages: 5 }, 'slow clients missed messages');
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      {
        level: 'warn',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        msg: 'slow clients missed messages',
        transport: 'tcp',
        messages: 5,
      },
    ]);
  });

  it('is plain text on a terminal, with nothing in it that a terminal would obey', () => {
    const { log, lines } = logged(true);
    log.info({ source: 'a\u001b[31m\nb' }, 'serving');
    expect(lines).toEqual([
      expect.stringMatching(/^\d\d:\d\d:\d\d\.\d{3} info serving source=a\\x1b\[31m\\nb\n$/),
    ]);
  });

  it('says exactly what a source or a client said, and nothing of it raw', () => {
    const { log, lines } = logged(false);
    const said = 'esc\u001b[2J c1\u009b31m bidi\u202e zero\u200b del\u007f line\u2028';
    log.warn({ error: said }, said);
    expect(lines.join('')).not.toMatch(/[^\P{Cc}\n]|[\p{Cf}\p{Zl}\p{Zp}]/u);
    expect(JSON.parse(lines[0]!)).toMatchObject({ error: said, msg: said });
  });

  it('leaves out what is below its level', () => {
    const { log, lines } = logged(false, 'warn');
    log.debug({}, 'a');
    log.info({}, 'b');
    log.error({}, 'c');
    expect(lines.map((line) => JSON.parse(line).msg)).toEqual(['c']);
    const silent = logged(false, 'silent');
    silent.log.error({}, 'c');
    expect(silent.lines).toEqual([]);
  });

  it.each([true, false])(
    'never holds what stands behind a token, key or password (terminal: %s)',
    (terminal) => {
      const { log, lines } = logged(terminal);
      const error =
        'GET https://x/y?token=s3cr3t&symbol=A, api_key: s3cr3t, "password":"s3cr3t", TOKEN=s3cr3t';
      log.error({ error }, 'source failed: apikey=s3cr3t');
      expect(lines.join('')).not.toContain('s3cr3t');
      expect(lines.join('')).toContain('symbol=A');
    },
  );
});
