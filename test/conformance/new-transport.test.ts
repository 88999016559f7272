/**
 * A transport with options of its own is a table and a line in the registry: everything else about
 * them follows. The line is added before the command line is loaded, as it would be in the code.
 */
import { expect, it } from 'vitest';
import { integerOption, nameOption } from '../../src/options/kinds.js';
import { passedOn } from '../../src/options/option.js';
import { TRANSPORTS } from '../../src/transports/registry.js';
import { codeOf } from '../support/core/code-of.js';

const options = [
  integerOption(
    {
      name: 'pigeons',
      side: 'listen',
      flag: '--pigeons <n>',
      help: 'carrier: birds in flight at one time',
      commands: ['run', 'serve'],
      default: 3,
    },
    { min: 1, max: 9 },
  ),
  nameOption(
    {
      name: 'landingPlace',
      side: 'connect',
      flag: '--landing <name>',
      help: 'carrier: where clients wait',
      commands: ['run'],
      default: 'roof',
    },
    ['roof', 'yard'],
  ),
];
const load = (): never => {
  throw new Error('a table is read without loading its transport');
};
(TRANSPORTS as Map<string, unknown>).set('carrier', { options, load });

const { buildProgram } = await import('../../cli/program.js');
const { reproduction, runConfig, runFlags } = await import('../../cli/args/run-config.js');
const { serveFlags } = await import('../../cli/args/serve-config.js');
const { parseConfig } = await import('../../cli/config-file/document.js');
const { configYaml } = await import('../../cli/config-file/print.js');
const { readConfig } = await import('../../cli/config-file/settings.js');
const { effectiveConfig } = await import('../../bench/run/effective-config.js');
const { transportOptionsSchema } = await import('../../src/transports/registry.js');

type Part = ReturnType<ReturnType<typeof runFlags>[number]['parse']>;

/** What words such as `--pigeons=4` set. */
function partsOf(words: readonly string[]): Part[] {
  return words.map((word) => {
    const [name = '', text = ''] = word.split('=');
    const flag = runFlags().find(({ flags }) => flags.split(/[ ,]+/).includes(name))!;
    return flag.parse(text, name);
  });
}

it('its flags stand in the help of the commands that have them', async () => {
  const help = async (name: string): Promise<string> => {
    const program = await buildProgram([name], () => {});
    const command = program.commands.find((one) => one.name() === name)!;
    return command.configureHelp({ helpWidth: 200 }).helpInformation();
  };
  const run = await help('run');
  expect(run).toMatch(/--pigeons <n> +carrier: birds in flight at one time \(default: 3\)/);
  expect(run).toMatch(/--landing <name> +carrier: where clients wait \(default: roof\)/);
  const serve = serveFlags().map(({ flags }) => flags);
  expect(serve).toContain('--pigeons <n>');
  expect(serve).not.toContain('--landing <name>');
});

it('its ranges are checked, on the command line and in the library', () => {
  expect(() => partsOf(['--pigeons=10'])).toThrow("--pigeons '10' is out of range");
  expect(() => partsOf(['--landing=tree'])).toThrow("--landing 'tree' is not known");
  const schema = transportOptionsSchema();
  expect(schema.safeParse({ pigeons: 9 }).success).toBe(true);
  expect(schema.safeParse({ pigeons: 10 }).success).toBe(false);
  // Only a client takes it.
  expect(schema.safeParse({ landingPlace: 'yard' }).success).toBe(false);
});

it('they have a place in a configuration file, and come back from it and from the command', () => {
  const read = (text: string): Part => readConfig(parseConfig('lab.yaml', text)).top.part;
  const part = read('transport: carrier\npigeons: 4\nlanding: yard\nrepeat: 1\n');
  expect(part.transportOptions).toEqual({ pigeons: 4, landingPlace: 'yard' });
  expect(() => read('pigeons: 10\n')).toThrow("lab.yaml:1:10: pigeons '10' is out of range");
  const config = runConfig([], [part]);
  expect(read(configYaml(config, [])).transportOptions).toEqual({
    pigeons: 4,
    landingPlace: 'yard',
  });
  expect(reproduction(config)).toBe(
    'lab run --transport carrier --repeat 1 --seed 1 --pigeons 4 --landing yard',
  );
});

it('they are in the effective configuration, under its name', () => {
  const config = runConfig(partsOf(['--transport=tcp,carrier', '--pigeons=4']));
  expect(effectiveConfig(config, undefined).transport_options).toEqual({
    tcp: { not_sent_bytes: null },
    carrier: { pigeons: 4, landing_place: 'roof' },
  });
});

it('they have no effect on other transports, and say so', () => {
  const refused = (): unknown => runConfig(partsOf(['--pigeons=4']));
  expect(refused).toThrow('--pigeons has no effect with --transport tcp,udp');
  const target = partsOf(['--target=tcp://h:1', '--pigeons=4']);
  expect(codeOf(() => runConfig(target))).toBe('LAB_ERR_NO_EFFECT');
});

it('each half is given its own, and no other transport is', () => {
  const given = { pigeons: 4, landingPlace: 'yard', multicastInterface: 'eth0' };
  expect(passedOn(options, 'listen', given)).toEqual({ pigeons: 4 });
  expect(passedOn(options, 'connect', given)).toEqual({ landingPlace: 'yard' });
});
