/** docs/reference/results.md: every field of a result, by the schema. */
import { RESULT_SCHEMA, resultSchema } from '../../bench/result/result.js';
import type { FieldSection, FieldText } from './field-text.js';
import { anchor, page, table, wrapped } from './markdown.js';
import { type SchemaField, schemaFields } from './schema-fields.js';
import { CELLS_FIELDS } from './texts/cells-fields.js';
import { COSTS_FIELDS } from './texts/costs-fields.js';
import { LINK_FIELDS, LINK_SHAPES } from './texts/link-fields.js';
import { MACHINE_FIELDS } from './texts/machine-fields.js';
import { REPAIR_FIELDS } from './texts/repair-fields.js';
import { RUN_FIELDS } from './texts/run-fields.js';
import { SHAPES_FIELDS } from './texts/shapes-fields.js';
import { TIMES_FIELDS } from './texts/times-fields.js';

const SECTIONS = [
  ...RUN_FIELDS,
  ...MACHINE_FIELDS,
  ...CELLS_FIELDS,
  ...TIMES_FIELDS,
  ...COSTS_FIELDS,
  ...LINK_FIELDS,
  ...REPAIR_FIELDS,
];

const SHAPES = [...SHAPES_FIELDS, ...LINK_SHAPES];

const INTRO = [
  'One run is one JSON document. Every table, report, chart and CSV of the lab is made from it and from nothing else. How each figure is defined: [methodology](../design/methodology.md). How the document grows while a run goes on, and what it can be exported to: [a run and its files](../design/runs.md).',
  '- Units are in the names: `_us` microseconds, `_s` seconds, `_bytes` bytes, `_per_s` per second. `ratio` and `reach` are shares: 1 = all.',
  '- NaN and Infinity do not occur. What cannot be told is `null`, and the last column says when. **—** means: never null.',
  '- A count of *messages* at the receivers is a count of (message, subscriber) pairs: 10 messages to 100 subscribers are 1,000.',
  '- Unknown members are an error: `lab report` refuses a document of this form with a field that is not listed here. It names the first fault and looks not further; a byte order mark is fine, another encoding than UTF-8 is named.',
  '- The same as a JSON Schema (draft 2020-12), which describes what this version writes: [schema/lab-result-v1.schema.json](../../schema/lab-result-v1.schema.json).',
  '- A result of an earlier lab, with a smaller `schema_minor`, is brought to this form by [numbered steps](../../bench/result/migrations/migrate.ts): form 0 is that of lab 0.1.0, form 1 that of the labs after it, which named none. What they did not measure is null.',
  '- Of a later form this lab leaves out what it does not know, and a line on stderr says what that was; where it lacks something that this lab needs it is refused, as is another schema ([LAB_ERR_RESULT_VERSION](errors.md#lab_err_result_version)).',
  '- A row that points (→) to a [shape](#shapes) has all its fields: `cells[].latency_us` has `cells[].latency_us.p50`, and so on.',
];

const EXAMPLE = `\`\`\`sh
lab run --json | jq '.cells[] | {id, verdict: .verdict.status, p99: .latency_us.p99, loss: .loss_ratio}'
\`\`\``;

/** @param fields those of the schema, unless a test gives others */
export function resultsPage(fields: readonly SchemaField[] = schemaFields(resultSchema)): string {
  const known = new Map(fields.map((field) => [field.path, field]));
  const rest = undescribed(fields);
  return page(
    `Results: every field of \`${RESULT_SCHEMA}\``,
    'the schema (bench/result) and tools/reference',
    [
      ...INTRO.map(wrapped),
      EXAMPLE,
      ...SECTIONS.flatMap((section) => sectionText('##', section, known)),
      ...(rest.length === 0 ? [] : ['## Others', restTable(rest)]),
      '## Shapes',
      ...SHAPES.flatMap((section) => sectionText('###', section, shapeFields(section, fields))),
    ],
  );
}

/** What is wrong with the texts: fields without one, texts without a field, null without a when. */
export function resultsProblems(
  fields: readonly SchemaField[] = schemaFields(resultSchema),
): string[] {
  const known = new Map(fields.map((field) => [field.path, field]));
  const described = expanded();
  return [
    ...undescribed(fields).map(
      ({ path }) => `${path} has not a description in tools/reference/texts`,
    ),
    ...described
      .filter(({ path }) => !known.has(path))
      .map(({ path }) => `${path} is described, and not a field of the schema`),
    ...described
      .filter(({ path, when }) => known.get(path)?.nullable === true && when === undefined)
      .map(({ path }) => `${path} may be null, and its description does not say when`),
    ...described
      .filter(({ path, when }) => known.get(path)?.nullable === false && when !== undefined)
      .map(({ path }) => `${path} is never null, and its description says when it is`),
  ];
}

function sectionText(
  level: string,
  { title, about, fields }: FieldSection,
  known: ReadonlyMap<string, SchemaField>,
): string[] {
  const rows = fields
    .filter(([path, unit]) => known.has(path) || shapeOf(unit) !== undefined)
    .map(([path, unit, meaning, when = 'see the meaning']) => [
      `\`${path}\``,
      unitText(unit),
      meaning,
      known.get(path)?.nullable === true ? when : '—',
    ]);
  if (rows.length === 0) return [];
  return [
    `${level} ${title}`,
    ...(about === '' ? [] : [wrapped(about)]),
    table(['path', 'unit', 'meaning', 'null when'], rows),
  ];
}

function restTable(fields: readonly SchemaField[]): string {
  const rows = fields.map(({ path, nullable, about }) => [
    `\`${path}\``,
    '',
    about,
    nullable ? 'may be null' : '—',
  ]);
  return table(['path', 'unit', 'meaning', 'null when'], rows);
}

function undescribed(fields: readonly SchemaField[]): SchemaField[] {
  const described = new Set(expanded().map(({ path }) => path));
  return fields.filter(({ path }) => !described.has(path));
}

interface Described {
  readonly path: string;
  readonly when: string | undefined;
}

/** All described paths; where one points to a shape, those of the shape below it. */
function expanded(): Described[] {
  const expand = (parent: string, [path, unit, , when]: FieldText): Described[] => {
    const shape = shapeOf(unit);
    const own = { path: parent + path, when };
    if (shape === undefined) return [own];
    const below = shape.fields.flatMap((field) => expand(own.path, field));
    return when === undefined ? below : [own, ...below];
  };
  return SECTIONS.flatMap(({ fields }) => fields.flatMap((field) => expand('', field)));
}

/** Of the fields of a shape: whether they may be null, by any place where the shape stands. */
function shapeFields(
  { title }: FieldSection,
  fields: readonly SchemaField[],
): ReadonlyMap<string, SchemaField> {
  const places = placesOf(title.toLowerCase());
  return new Map(
    fields.flatMap((field) =>
      places
        .filter((place) => field.path.startsWith(`${place}.`))
        .map((place): [string, SchemaField] => [field.path.slice(place.length), field]),
    ),
  );
}

function placesOf(shape: string): string[] {
  return [...SECTIONS, ...SHAPES].flatMap(({ title, fields }) =>
    fields
      .filter(([, unit]) => unit === `→ ${shape}`)
      .flatMap(([path]) =>
        path.startsWith('.') ? placesOf(title.toLowerCase()).map((place) => place + path) : [path],
      ),
  );
}

function shapeOf(unit: string): FieldSection | undefined {
  return SHAPES.find(({ title }) => unit === `→ ${title.toLowerCase()}`);
}

function unitText(unit: string): string {
  const shape = shapeOf(unit)?.title.toLowerCase();
  return shape === undefined ? unit : `→ [${shape}](#${anchor(shape)})`;
}
