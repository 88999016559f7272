import { describe, expect, it } from 'vitest';
import { mergedParts } from '../../../cli/args/option-flags.js';
import { longName } from '../../../cli/args/run-flag.js';
import { serveConfig, serveFlags } from '../../../cli/args/serve-config.js';
import { SERVE_DEFAULTS, type ServeConfig } from '../../../cli/args/serve-defaults.js';
import { parseConfig } from '../../../cli/config-file/document.js';
import { readServeSection } from '../../../cli/config-file/serve-section.js';
import { readConfig } from '../../../cli/config-file/settings.js';
import { LabError } from '../../../src/errors.js';
import { portOf } from '../../../src/serve/options.js';
import { sourceNames } from '../../../src/sources/registry.js';

/** What `lab serve` makes of these words, each `--flag=text`. */
function config(...words: string[]): ServeConfig {
  return serveConfig(parts(words));
}

function parts(words: readonly string[]): Partial<ServeConfig>[] {
  return words.map((word) => {
    const [, name, text = ''] = /^(--[\w-]+)(?:=(.*))?$/.exec(word) ?? [];
    return serveFlags()
      .find((flag) => longName(flag) === name)!
      .parse(text, name!);
  });
}

function errorOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof LabError) return `${error.code}: ${error.message} (${error.hint})`;
    throw error;
  }
  return 'nothing';
}

describe('the flags of lab serve', () => {
  it('name every source that there is in the help of --source', () => {
    const { about } = serveFlags().find((flag) => longName(flag) === '--source')!;
    const named = about.replace('what is published: ', '').split(', ');
    for (const source of sourceNames())
      expect(named.filter((usage) => usage.startsWith(source))).toHaveLength(1);
  });

  it('say the value that holds without them', () => {
    for (const flag of serveFlags()) {
      if (flag.fallback === null) continue;
      // As in a file, where what has no effect may stand.
      const part = flag.parse(flag.fallback, longName(flag));
      expect(serveConfig([], part), flag.flags).toEqual(SERVE_DEFAULTS);
    }
  });

  it('have the ports that the library has', () => {
    const { port, wsPort } = SERVE_DEFAULTS;
    expect([port, port, wsPort]).toEqual(
      ['tcp', 'udp', 'ws'].map((name) => portOf(name, undefined)),
    );
  });

  it.each([
    ['--transport=tpc', 'LAB_ERR_UNKNOWN_TRANSPORT', 'did you mean tcp?'],
    ['--codec=msgpack,line-json', 'LAB_ERR_UNKNOWN_CODEC', '--codec'],
    ['--rate=0', 'LAB_ERR_BAD_VALUE', '--rate'],
    ['--on-end=stop', 'LAB_ERR_BAD_VALUE', 'loop, hold, exit'],
    ['--drain=5', 'LAB_ERR_BAD_VALUE', '--drain'],
    ['--log-level=loud', 'LAB_ERR_BAD_VALUE', 'silent'],
    ['--http-port=70000', 'LAB_ERR_BAD_VALUE', '--http-port'],
    ['--max-clients=0', 'LAB_ERR_BAD_VALUE', '--max-clients'],
    ['--speed=2', 'LAB_ERR_NO_EFFECT', 'choose --source replay'],
  ])('are refused when they make no sense: %s', (word, code, said) => {
    expect(errorOf(() => config(word))).toMatch(new RegExp(`^${code}: `));
    expect(errorOf(() => config(word))).toContain(said);
  });

  it('ask for a recording where a live source has no pace to multiply', () => {
    for (const source of ['stdin:lines', 'finnhub:AAPL'])
      expect(errorOf(() => config(`--source=${source}`, '--speed=2'))).toContain(
        'choose --source replay',
      );
  });

  it('may not contradict each other', () => {
    expect(errorOf(() => config('--source=replay:x', '--rate=1', '--speed=2'))).toContain(
      '--speed has no effect with --rate',
    );
  });
});

describe('a flag that what is chosen makes no use of', () => {
  const refusal = (flags: string[], file: string[] = []): string => {
    return errorOf(() => serveConfig(parts(flags), mergedParts(parts(file))));
  };

  it.each([
    ['--port=1', '--transport=ws', '--transport=udp'],
    ['--ws-port=0', '--transport=tcp', '--transport=tcp,ws'],
    ['--datagram=1000', '--transport=tcp', '--transport=udp-multicast'],
    ['--udp-sender=dgram', '--transport=udp-multicast', '--transport=udp'],
    ['--group=239.1.1.1', '--transport=udp', '--transport=udp-multicast'],
    ['--multicast-ttl=2', '--transport=udp', '--transport=udp-multicast'],
    ['--multicast-interface=lo', '--transport=tcp', '--transport=tcp,udp-multicast'],
    ['--stall-timeout=5s', '--transport=udp', '--transport=udp,ws'],
    ['--max-clients=5', '--transport=udp-multicast', '--transport=udp-multicast,ws'],
    ['--on-end=loop', '--source=synthetic', '--source=replay:x'],
    ['--on-end=hold', '--source=synthetic', '--source=stdin:lines'],
    ['--seed=2', '--source=replay:x', '--source=synthetic'],
    ['--seed=1', '--source=stdin:lines', '--size=40'],
    ['--size=40', '--source=stdin:bytes', '--source=stdin:lines'],
    ['--stale-after=5s', '--no-http', '--transport=tcp'],
    ['--symbols=7', '--source=replay:x', '--source=synthetic'],
    ['--finnhub-url=http://127.0.0.1:1', '--source=synthetic', '--source=finnhub:rest:A'],
    ['--replay-from=5s', '--source=synthetic', '--source=replay:x'],
    ['--replay-to=5s', '--source=stdin:lines', '--source=replay:x'],
    ['--time-column=ts', '--source=synthetic', '--source=replay:x'],
    ['--key-column=id', '--source=stdin:lines', '--source=replay:x'],
    ['--time-unit=ms', '--source=finnhub:A', '--source=replay:x'],
  ])('%s is refused with %s, and not with %s', (flag, without, within) => {
    const [name] = flag.split('=');
    expect(refusal([flag, without])).toMatch(
      new RegExp(
        `^LAB_ERR_NO_EFFECT: ${name} has no effect with --\\w[\\w-]+.* \\(leave ${name} out, or `,
      ),
    );
    expect(refusal([flag], [without])).toContain(`${name} has no effect`);
    expect(refusal([flag, within])).toBe('nothing');
  });

  it.each([
    [['--ws-port=7500'], [], {}],
    [['--transport=tcp,ws', '--ws-port=7500'], ['--transport=tcp'], {}],
    [['--source=replay:x', '--speed=2'], ['--rate=5'], { source: 'replay:x', rate: 5 }],
    [['--source=replay:x', '--rate=5'], ['--speed=2'], { source: 'replay:x', speed: 2 }],
    [['--source=replay:x', '--rate=5', '--speed=2'], [], { source: 'replay:x', rate: 5 }],
    [['--source=replay:x', '--on-end=loop'], ['--source=stdin:lines'], { source: 'stdin:lines' }],
    [['--source=replay:x', '--on-end=loop', '--key-column=a'], ['--source=synthetic'], {}],
    [['--http-port=1', '--stale-after=5s'], ['--no-http'], { http: false }],
    [['--no-http'], ['--http-port=1'], { httpPort: 1 }],
  ])('in a file %j is left out with %j on the command line', (file, flags, rest) => {
    const made = serveConfig(parts(flags), mergedParts(parts(file)));
    expect(made).toEqual({ ...SERVE_DEFAULTS, ...rest });
  });

  it('is refused on the command line whatever it says, and whatever a file says', () => {
    expect(refusal(['--ws-port=7401'])).toContain('--ws-port has no effect');
    expect(refusal(['--http-port=0', '--no-http'])).toContain('--http-port has no effect');
    expect(refusal(['--symbols=5'], ['--source=replay:x'])).toContain('--symbols has no effect');
    expect(refusal(['--rate=5', '--speed=2'], ['--source=replay:x'])).toContain('with --rate');
  });
});

describe('the section serve: of a file', () => {
  const read = (text: string): Partial<ServeConfig> =>
    readServeSection(parseConfig('lab.yaml', text));

  const GIVEN: Readonly<Record<string, string>> = {
    '--max-backlog': 'age=1000ms/messages=500',
    '--notsent-lowat': '16k',
    '--replay-from': '5s',
    '--replay-to': '5s',
    '--time-unit': 'ms',
    '--key-order': 'round-robin',
    '--congestion': 'bbr',
  };

  it('takes every flag by its long name', () => {
    const every = serveFlags().map((flag) => {
      const value =
        flag.fallback ?? (flag.flags.includes('<') ? (GIVEN[longName(flag)] ?? '5') : 'true');
      return `  ${longName(flag).slice(2)}: ${value}\n`;
    });
    expect(read(`serve:\n${every.join('')}`)).toEqual({
      ...SERVE_DEFAULTS,
      rate: 5,
      speed: 5,
      maxBacklog: 'messages=500/age=1s',
      http: false,
      transportOptions: {
        ...SERVE_DEFAULTS.transportOptions,
        multicastInterface: '5',
        notSentBytes: 16_384,
        congestion: 'bbr',
      },
      sourceOptions: {
        ...SERVE_DEFAULTS.sourceOptions,
        from: { after: 5_000_000 },
        to: { after: 5_000_000 },
        timeColumn: '5',
        keyColumn: '5',
        timeUnit: 'ms',
        keyOrder: 'round-robin',
        finnhubUrl: '5',
      },
    });
  });

  it('takes lists as lists, switches as true and false, and leaves the rest of the file to lab run', () => {
    const text =
      'clients: 5\nscenarios: {a: {rate: 5}}\nserve: {transport: [tcp, udp], no-http: false}\n';
    expect(read(text)).toEqual({ transports: ['tcp', 'udp'], http: true });
  });

  it.each([
    [
      'serve:\n  prot: 1\n',
      'lab.yaml:2:3: serve.prot is not a setting of lab serve',
      'did you mean port?',
    ],
    ['serve:\n  port: 99999\n', "lab.yaml:2:9: serve.port '99999' is out of range", '0 to 65535'],
    [
      'serve:\n  transport: [tcp, tpc]\n',
      "lab.yaml:2:20: serve.transport[1] 'tpc' is not known",
      'tcp',
    ],
    ['serve:\n  codec:\n', 'lab.yaml:2:9: serve.codec has no value', 'lab help serve'],
    ['serve: yes\n', 'lab.yaml:1:8: serve must be a map', ''],
    ['serve: {no-http: maybe}\n', 'serve.no-http must be true or false', ''],
    ['port: 1\n', "lab.yaml:1:1 has no section 'serve'", 'serve:'],
    ['- serve\n', 'lab.yaml:1:1 must be a map', ''],
  ])('says what is wrong with %j, and where', (text, message, hint) => {
    expect(errorOf(() => read(text))).toContain(message);
    expect(errorOf(() => read(text))).toContain(hint);
  });

  it('beside settings of lab run does not disturb it, and alone is nothing to run', () => {
    const run = (text: string): unknown => readConfig(parseConfig('lab.yaml', text)).top.part;
    expect(run('clients: 3\nserve: {port: 1}\n')).toEqual({ clients: [3] });
    expect(errorOf(() => run('serve: {port: 1}\n'))).toContain('is for lab serve');
  });
});
