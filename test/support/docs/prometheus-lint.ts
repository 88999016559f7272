/**
 * What `promtool check metrics` checks (promlint of client_golang), for machines without it. Same
 * words.
 */

interface Family {
  readonly name: string;
  help?: string;
  type: string;
  readonly labels: Set<string>;
}

/** Names of units that are none of Prometheus' base units, and what to use instead. */
const UNITS: readonly (readonly [base: string, names: readonly string[]])[] = [
  ['amperes', ['ampere']],
  ['bytes', ['byte', 'bit', 'bits']],
  ['celsius', ['kelvin', 'kelvins', 'fahrenheit', 'rankine']],
  ['grams', ['gram']],
  ['joules', ['joule']],
  ['meters', ['meter', 'metre', 'metres', 'inch', 'inches', 'yard', 'yards', 'mile', 'miles']],
  ['seconds', ['second', 'minute', 'minutes', 'hour', 'hours', 'day', 'days', 'week', 'weeks']],
  ['volts', ['volt']],
];
const PREFIXES = [
  ...['pico', 'nano', 'micro', 'milli', 'centi', 'deci', 'deca', 'hecto'],
  ...['kilo', 'kibi', 'mega', 'mibi', 'giga', 'gibi', 'tera', 'tebi', 'peta', 'pebi'],
];
const ABBREVIATIONS = new Set('s ms us ns sec b kb mb gb tb pb m h d'.split(' '));
const TYPES = ['counter', 'gauge', 'histogram', 'summary', 'untyped'];
const CAMEL = /[a-z][A-Z]/;

/**
 * Complaints about a text of Prometheus' format 0.0.4, as promtool words them; none when it is
 * well.
 */
export function lintMetrics(text: string): string[] {
  return families(text).flatMap((family) =>
    complaintsAbout(family).map((one) => `${family.name} ${one}`),
  );
}

function families(text: string): Family[] {
  const found = new Map<string, Family>();
  const family = (name: string): Family => {
    const one = found.get(name) ?? { name, type: 'untyped', labels: new Set<string>() };
    found.set(name, one);
    return one;
  };
  for (const line of text.split('\n').filter((one) => one !== '')) {
    const [, kind = '', about = '', rest = ''] = /^# (HELP|TYPE) (\S+) ?(.*)$/.exec(line) ?? [];
    if (kind === 'HELP') family(about).help = rest;
    else if (kind === 'TYPE') family(about).type = rest;
    else {
      const [, name = '', labels = ''] = /^([\w:]+)(\{.*\})? \S+$/.exec(line) ?? [];
      if (name === '') throw new Error(`no sample: ${line}`);
      const whole = name.replace(/_(bucket|sum|count)$/, '');
      const made = ['histogram', 'summary'].includes(found.get(whole)?.type ?? '');
      const one = family(made ? whole : name);
      for (const [, label = ''] of labels.matchAll(/(\w+)="/g)) {
        if (
          !(one.type === 'histogram' && label === 'le') &&
          !(one.type === 'summary' && label === 'quantile')
        )
          one.labels.add(label);
      }
    }
  }
  return [...found.values()];
}

function complaintsAbout({ name, help = '', type, labels }: Family): string[] {
  const complaints: string[] = [];
  const parts = name.split('_');
  if (help === '') complaints.push('no help text');
  const [, base, unit] = unitOf(parts) ?? [];
  if (unit !== undefined) complaints.push(`use base unit "${base}" instead of "${unit}"`);
  const total = name.endsWith('_total');
  if (type === 'counter' && !total) complaints.push('counter metrics should have "_total" suffix');
  if (type !== 'counter' && total)
    complaints.push('non-counter metrics should not have "_total" suffix');
  const summed = type === 'histogram' || type === 'summary';
  if (type !== 'histogram' && name.endsWith('_bucket'))
    complaints.push('non-histogram metrics should not have "_bucket" suffix');
  for (const suffix of ['_count', '_sum'])
    if (!summed && name.endsWith(suffix))
      complaints.push(`non-histogram and non-summary metrics should not have "${suffix}" suffix`);
  if (labels.has('le')) complaints.push('non-histogram metrics should not have "le" label');
  if (labels.has('quantile'))
    complaints.push('non-summary metrics should not have "quantile" label');
  for (const one of TYPES)
    if (parts.includes(one)) complaints.push(`metric name should not include type '${one}'`);
  if (name.includes(':')) complaints.push("metric names should not contain ':'");
  if (CAMEL.test(name))
    complaints.push("metric names should be written in 'snake_case' not 'camelCase'");
  for (const label of labels)
    if (CAMEL.test(label))
      complaints.push("label names should be written in 'snake_case' not 'camelCase'");
  if (parts.some((part) => ABBREVIATIONS.has(part.toLowerCase())))
    complaints.push('metric names should not contain abbreviated units');
  return complaints;
}

/** The part that names a unit which is not a base unit, and the base unit of its kind. */
function unitOf(
  parts: readonly string[],
): readonly [part: string, base: string, unit: string] | undefined {
  for (const part of parts) {
    for (const [base, names] of UNITS) {
      for (const prefix of ['', ...PREFIXES]) {
        const all = prefix === '' ? names : [base, ...names];
        if (all.some((one) => part === `${prefix}${one}`)) return [part, base, part];
      }
    }
  }
  return undefined;
}
