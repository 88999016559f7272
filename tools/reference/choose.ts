/** docs/reference/choose.md: every field of the document of a choice, by the schema. */
import { CHOICE_SCHEMA, CHOICE_SCHEMA_PATH, choiceSchema } from '../../bench/choose/document.js';
import { page, table, wrapped } from './markdown.js';
import { type SchemaField, schemaFields } from './schema-fields.js';
import { CHOOSE_FIELDS } from './texts/choose-fields.js';

const INTRO = [
  'What `lab choose --json` prints and `choice.json` in its folder holds: one JSON document, of which its card, table and page are made. It is a function of the results and the question: the same bytes each time. How each figure comes about: [methodology](../design/methodology.md#choosing).',
  `- The same as a JSON Schema (draft 2020-12): [${CHOICE_SCHEMA_PATH}](../../${CHOICE_SCHEMA_PATH}).`,
  '- NaN and Infinity do not occur. What cannot be told is `null`, and the last column says when. **—** means: never null.',
  '- Beside it in the folder: `choice.md` with its chart `flips.svg`, and the folder of each run.',
];

const EXAMPLE = `\`\`\`sh
lab choose --from a.json b.json --slo 'p99<50ms,loss=0' --json | jq '{answer, names: [.stacks[] | .transport], next: .next.command}'
\`\`\``;

export function choosePage(): string {
  const known = new Map(schemaFields(choiceSchema).map((field) => [field.path, field]));
  const sections = CHOOSE_FIELDS.flatMap(({ title, about, fields }) => [
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
    `Every field of \`${CHOICE_SCHEMA}\``,
    'the schema (bench/choose) and tools/reference',
    [...INTRO.map(wrapped), EXAMPLE, ...sections],
  );
}

/** What is wrong with the texts: fields without one, texts without a field, null without a when. */
export function chooseProblems(
  fields: readonly SchemaField[] = schemaFields(choiceSchema),
): string[] {
  const known = new Map(fields.map((field) => [field.path, field]));
  const told = new Map(
    CHOOSE_FIELDS.flatMap((section) => section.fields).map(([path, , , when]) => [path, when]),
  );
  return [
    ...fields
      .filter(({ path }) => !told.has(path))
      .map(({ path }) => `${path} of a choice has not a description`),
    ...[...told]
      .filter(([path]) => !known.has(path))
      .map(([path]) => `${path} is described, and not a field of a choice`),
    ...[...told]
      .filter(
        ([path, when]) =>
          known.get(path)?.nullable !== undefined &&
          known.get(path)?.nullable !== (when !== undefined),
      )
      .map(([path]) => `${path} of a choice: whether and when it is null differs from the schema`),
  ];
}
