/** docs/reference/ab.md: every field of the document of an A/B, by the schema. */
import { AB_SCHEMA, AB_SCHEMA_PATH, abSchema } from '../../bench/ab/document.js';
import { page, table, wrapped } from './markdown.js';
import { type SchemaField, schemaFields } from './schema-fields.js';
import { AB_FIELDS } from './texts/ab-fields.js';

const INTRO = [
  'What `lab ab --json` prints and `ab.json` in its folder holds: one JSON document, of which its table and page are made. How each figure comes about: [methodology](../design/methodology.md#ab-in-one-session).',
  `- The same as a JSON Schema (draft 2020-12): [${AB_SCHEMA_PATH}](../../${AB_SCHEMA_PATH}).`,
  '- NaN and Infinity do not occur. What cannot be told is `null`, and the last column says when. **—** means: never null.',
  '- Beside it in the folder: `plan.json` (what was to be measured), and in `a/`, `b/` and `control/` the cells of each arm as [a result of its own](results.md), each cell from the moment it is over. Run 2n − 1 and 2n of a cell are those of block n.',
];

const EXAMPLE = `\`\`\`sh
lab ab '--flush 0' '--flush 10ms' --json | jq '.comparison.cells[].metrics[] | {metric, verdict, change}'
\`\`\``;

export function abPage(): string {
  const known = new Map(schemaFields(abSchema).map((field) => [field.path, field]));
  const sections = AB_FIELDS.flatMap(({ title, about, fields }) => [
    `## ${title}`,
    ...(about === '' ? [] : [wrapped(about)]),
    table(
      ['path', 'unit', 'meaning', 'null when'],
      fields
        .filter(([path]) => known.has(path))
        .map(([path, unit, meaning, when = '—']) => [`\`${path}\``, unit, meaning, when]),
    ),
  ]);
  return page(`Every field of \`${AB_SCHEMA}\``, 'the schema (bench/ab) and tools/reference', [
    ...INTRO.map(wrapped),
    EXAMPLE,
    ...sections,
  ]);
}

/** What is wrong with the texts: fields without one, texts without a field, null without a when. */
export function abProblems(fields: readonly SchemaField[] = schemaFields(abSchema)): string[] {
  const known = new Map(fields.map((field) => [field.path, field]));
  const told = new Map(
    AB_FIELDS.flatMap((section) => section.fields).map(([path, , , when]) => [path, when]),
  );
  return [
    ...fields
      .filter(({ path }) => !told.has(path))
      .map(({ path }) => `${path} of an A/B has not a description`),
    ...[...told]
      .filter(([path]) => !known.has(path))
      .map(([path]) => `${path} is described, and not a field of an A/B`),
    ...[...told]
      .filter(
        ([path, when]) =>
          known.get(path)?.nullable !== undefined &&
          known.get(path)?.nullable !== (when !== undefined),
      )
      .map(([path]) => `${path} of an A/B: whether and when it is null differs from the schema`),
  ];
}
