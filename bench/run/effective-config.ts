/** The configuration of a run as its result gives it. Pure. */
import { type CommandOption, commandOptions } from '../../src/options/option.js';
import { parseSourceSpec, SOURCES } from '../../src/sources/registry.js';
import type { SourceReading } from '../../src/sources/source.js';
import { transportTable } from '../../src/transports/registry.js';
import { type RunConfig, sourceChoices } from '../config.js';
import type { EffectiveConfig } from '../result/result.js';
import { injectionText } from '../workload/injection.js';
import { stackText, valuesIn } from './combinations.js';
import { subscriberProcesses } from './subscriber-processes.js';

/** The configuration as a result has it: everything that was in effect. */
export function effectiveConfig(
  config: RunConfig,
  reading: SourceReading | undefined,
): EffectiveConfig {
  const all = {
    ...settings(config),
    ...(reading === undefined ? {} : { recording: recordingOf(reading) }),
  };
  return config.server.kind === 'local' ? all : { ...all, rates_per_s: null, sizes_bytes: [] };
}

function serverSettings(config: RunConfig): EffectiveConfig['server'] {
  const { server, source, links, port, shards, stacks } = config;
  if (server.kind === 'target')
    return { kind: 'target', urls: server.targets.map(({ url }) => url) };
  const { symbols } = sourceChoices(config);
  const flush = valuesIn(config, 'flush').join(',');
  const policy = valuesIn(config, 'policy').join(',');
  const lists = {
    links: [...links],
    repairs: valuesIn(config, 'repair'),
    congestions: valuesIn(config, 'congestion'),
    stacks: stacks === null ? null : stacks.map(stackText),
  };
  return { kind: 'local', source, symbols, flush, ...lists, policy, port, shards };
}

function settings(config: RunConfig): EffectiveConfig {
  return {
    server: serverSettings(config),
    transports: [...config.transports],
    codecs: valuesIn(config, 'codec'),
    clients: [...config.clients],
    rates_per_s: config.ratesPerSecond === null ? null : [...config.ratesPerSecond],
    sizes_bytes: [...config.sizesBytes],
    durations_s: config.durationsMs.map((ms) => ms / 1_000),
    warmup_s: config.warmupMs / 1_000,
    repeat: config.repeat === 'auto' ? null : config.repeat,
    ...autoSettings(config),
    seed: config.seed,
    speed: config.speed,
    ...sourceSettings(config),
    inject: config.inject === null ? null : injectionText(config.inject),
    host: config.host,
    transport_options: transportSettings(config),
    tmax_s: config.tmaxMs / 1_000,
    subscriber_processes: subscriberProcesses(config),
  };
}

/** Most names of columns in a result: a recording may have a hundred thousand. */
const MOST_COLUMNS = 100;

function recordingOf(reading: SourceReading): EffectiveConfig['recording'] {
  const { format, rows, columns, time, timeForm, key, keys } = reading;
  const listed = columns.slice(0, MOST_COLUMNS);
  return { format, rows, columns: listed, time: [...time], time_form: timeForm, key, keys };
}

/** Of the chosen source, as the flags say them; what is not said is left out. */
function sourceSettings({ source, sourceOptions }: RunConfig): Partial<EffectiveConfig> {
  const table = SOURCES.get(parseSourceSpec(source).name)?.options ?? [];
  const rows = commandOptions(table, 'run').filter((row) => row.default === null);
  const said = rows.flatMap(({ name, flag, show }) => {
    const value = sourceOptions[name] ?? null;
    const member = /[a-z][a-z-]*/.exec(flag)![0].replaceAll('-', '_');
    return value === null ? [] : [[member, show(value)] as const];
  });
  return Object.fromEntries(said);
}

/** By transport: the options of its table. Of a target only those of its clients are known. */
function transportSettings(config: RunConfig): EffectiveConfig['transport_options'] {
  const ours = config.server.kind === 'local';
  const given = ({ name, follows, show }: CommandOption): string | number | null => {
    const value =
      config.transportOptions[name] ?? (ours && follows === 'host' ? config.host : null);
    return typeof value === 'object' && value !== null ? show(value) : value;
  };
  const settings = (transport: string): [string, Record<string, string | number | null>] => {
    const rows = commandOptions(transportTable(transport), 'run').filter(
      ({ side }) => ours || side !== 'listen',
    );
    return [transport, Object.fromEntries(rows.map((row) => [snakeCase(row.name), given(row)]))];
  };
  return Object.fromEntries(config.transports.map(settings));
}

/** As members of a result are called. */
function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** What only `--repeat auto` uses: null without it. */
function autoSettings(
  config: RunConfig,
): Pick<EffectiveConfig, 'ci_target' | 'ci_metric' | 'max_repeat'> {
  if (config.repeat !== 'auto') return { ci_target: null, ci_metric: null, max_repeat: null };
  return { ci_target: config.ciTarget, ci_metric: config.ciMetric, max_repeat: config.maxRepeat };
}
