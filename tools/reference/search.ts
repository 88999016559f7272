/** docs/reference/search.md: every field of the document of a search, by the schema. */
import { SEARCH_SCHEMA, SEARCH_SCHEMA_PATH, searchSchema } from '../../bench/search/document.js';
import { page, table, wrapped } from './markdown.js';
import { type SchemaField, schemaFields } from './schema-fields.js';
import { SEARCH_FIELDS } from './texts/search-fields.js';

const INTRO = [
  'What `lab search --json` prints and `search.json` in its folder holds: one JSON document, of which its table, page and chart are made, and from which `lab search --resume FOLDER` goes on. It is written after every trial. How each figure comes about: [methodology](../design/methodology.md#capacity-search).',
  `- The same as a JSON Schema (draft 2020-12): [${SEARCH_SCHEMA_PATH}](../../${SEARCH_SCHEMA_PATH}).`,
  '- NaN and Infinity do not occur. What cannot be told is `null`, and the last column says when. **—** means: never null.',
  '- A load is in messages/s with `--vary rate`, in clients with `--vary clients`, in payload bytes with `--vary size`.',
  '- `answers`, and `judgements` of a trial, are in the order of `goals`.',
];

const EXAMPLE = `\`\`\`sh
lab search --slo 'p99<50ms,loss=0' --json | jq '.combinations[] | {name, lower: .answers[0].lower, upper: .answers[0].upper}'
\`\`\``;

export function searchPage(): string {
  const known = new Map(schemaFields(searchSchema).map((field) => [field.path, field]));
  const sections = SEARCH_FIELDS.flatMap(({ title, about, fields }) => [
    `## ${title}`,
    ...(about === '' ? [] : [wrapped(about)]),
    table(
      ['path', 'unit', 'meaning', 'null when'],
      fields
        .filter(([path]) => known.has(path))
        .map(([path, unit, meaning, when = '—']) => [`\`${path}\``, unit, meaning, when]),
    ),
  ]);
  return page(
    `Every field of \`${SEARCH_SCHEMA}\``,
    'the schema (bench/search) and tools/reference',
    [...INTRO.map(wrapped), EXAMPLE, ...sections],
  );
}

/** What is wrong with the texts: fields without one, texts without a field, null without a when. */
export function searchProblems(
  fields: readonly SchemaField[] = schemaFields(searchSchema),
): string[] {
  const known = new Map(fields.map((field) => [field.path, field]));
  const told = new Map(
    SEARCH_FIELDS.flatMap((section) => section.fields).map(([path, , , when]) => [path, when]),
  );
  return [
    ...fields
      .filter(({ path }) => !told.has(path))
      .map(({ path }) => `${path} of a search has not a description`),
    ...[...told]
      .filter(([path]) => !known.has(path))
      .map(([path]) => `${path} is described, and not a field of a search`),
    ...[...told]
      .filter(([path, when]) => {
        const nullable = known.get(path)?.nullable;
        return nullable !== undefined && nullable !== (when !== undefined);
      })
      .map(([path]) => `${path} of a search: whether it is null differs from the schema`),
  ];
}
