/**
 * A configuration file as data, in which every value knows its line. Plain YAML 1.2 or JSON, and
 * nothing clever in it.
 */
import {
  Composer,
  type CST,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  Parser,
  Scalar,
} from 'yaml';
import { LabError } from '../../src/errors.js';
import { jsonError } from './json-syntax.js';

export type Path = readonly PropertyKey[];

/**
 * Deeper than any configuration is. The library composes recursively: a stack that overflows there
 * can end the process.
 */
const MAX_DEPTH = 8;

const HINT = 'see lab help run, or the shipped examples/scenarios.yaml';

/** @see parseConfig */
export class ConfigDocument {
  /** As messages name the file. */
  readonly name: string;
  readonly #lines: LineCounter;
  readonly #keys = new Map<string, number>();
  readonly #values = new Map<string, number>();
  #data: unknown = null;

  constructor(name: string, lines: LineCounter) {
    this.name = name.replace(/\p{Cc}/gu, '?');
    this.#lines = lines;
  }

  /**
   * Maps are objects without prototype, lists are arrays, numbers and texts are the text that
   * stands in the file: what it means is for the flags to say.
   */
  get data(): unknown {
    return this.#data;
  }

  /**
   * `lab.yaml:4:12: scenarios.quotes.clients` for messages: the value there, or the nearest one
   * around it.
   */
  label(path: Path): string {
    let there = [...path];
    while (there.length > 0 && !this.#values.has(idOf(there))) there = there.slice(0, -1);
    const text = pathText(there);
    return `${this.#where(this.#values.get(idOf(there)) ?? 0)}${text === '' ? '' : `: ${text}`}`;
  }

  /** @throws LAB_ERR_BAD_VALUE, about the value at `path`, or about its key */
  fail(path: Path, problem: string, hint: string = HINT): never {
    throw new LabError('LAB_ERR_BAD_VALUE', `${this.label(path)} ${problem}`, { hint });
  }

  /** @throws LAB_ERR_BAD_VALUE */
  failAtKey(path: Path, problem: string, hint: string = HINT): never {
    return this.failAt(this.#keys.get(idOf(path)) ?? 0, `${pathText(path)} ${problem}`, hint);
  }

  /** @throws LAB_ERR_BAD_VALUE */
  failAt(offset: number, problem: string, hint: string = HINT): never {
    throw new LabError(
      'LAB_ERR_BAD_VALUE',
      `${this.#where(offset)}: ${problem.replace(/\p{Cc}/gu, ' ')}`,
      {
        hint,
      },
    );
  }

  /** Takes the data and the places from the nodes of the file. @throws LAB_ERR_BAD_VALUE */
  read(root: Node | null): void {
    this.#data = this.#convert(root, []);
  }

  #convert(node: unknown, path: Path): unknown {
    const offset = (node as Node | null)?.range?.[0] ?? 0;
    this.#values.set(idOf(path), offset);
    if (isAlias(node)) return this.failAt(offset, 'references (*name) are not supported');
    if (isScalar(node) || isMap(node) || isSeq(node)) {
      if (node.tag !== undefined)
        return this.failAt(offset, `tags (${node.tag}) are not supported`);
      if (node.anchor !== undefined)
        return this.failAt(offset, 'anchors (&name) are not supported');
    }
    if (isSeq(node)) return node.items.map((item, i) => this.#convert(item, [...path, i]));
    if (isMap(node)) {
      const map: Record<string, unknown> = Object.create(null);
      for (const { key, value } of node.items) {
        const name = this.#key(key, offset);
        const inner = [...path, name];
        const at = (key as Node).range?.[0] ?? offset;
        this.#keys.set(idOf(inner), at);
        this.#values.set(idOf(inner), at);
        map[name] = value === null ? null : this.#convert(value, inner);
      }
      return map;
    }
    return isScalar(node) ? scalarData(node) : null;
  }

  #key(key: unknown, near: number): string {
    const offset = (key as Node | null)?.range?.[0] ?? near;
    const text =
      isScalar(key) && key.tag === undefined && key.anchor === undefined ? scalarData(key) : null;
    // zod passes over this one in silence.
    if (typeof text !== 'string' || text === '__proto__')
      return this.failAt(offset, 'this is not a key');
    return text;
  }

  #where(offset: number): string {
    const { line, col } = this.#lines.linePos(offset);
    return `${this.name}:${Math.max(line, 1)}:${Math.max(col, 1)}`;
  }
}

/**
 * Reads a configuration; as JSON when the name says so, with nothing in it that YAML would add.
 * @throws LAB_ERR_BAD_VALUE with file, line and column
 */
export function parseConfig(name: string, text: string): ConfigDocument {
  const lines = new LineCounter();
  const tokens = [...new Parser(lines.addNewLine).parse(text)];
  const document = new ConfigDocument(name, lines);
  if (/\.json$/i.test(name)) {
    const error = jsonError(text);
    if (error !== null) document.failAt(error.offset, `not valid JSON: expected ${error.expected}`);
  }
  const deep = tooDeep(tokens);
  if (deep !== null) document.failAt(deep, `nested more than ${MAX_DEPTH} deep`);
  const [parsed, second] = [
    ...new Composer({ prettyErrors: false, logLevel: 'silent' }).compose(tokens),
  ];
  const [error] = parsed?.errors ?? [];
  if (error !== undefined) document.failAt(error.pos[0], `not valid YAML: ${error.message}`);
  if (second !== undefined) document.failAt(second.range[0], 'a second document (---) in one file');
  if (parsed === undefined || parsed.contents === null || isEmpty(parsed.contents)) {
    return document.failAt(0, 'there is nothing in it');
  }
  document.read(parsed.contents);
  return document;
}

function isEmpty(node: Node): boolean {
  return isScalar(node) && node.value === null && node.source === '';
}

/** The text of a number or a string; true, false and null as they are. */
function scalarData({ value, type, source }: Scalar): unknown {
  if (value === null || typeof value === 'boolean') return value;
  return type === Scalar.PLAIN && source !== undefined ? source : String(value);
}

/** Offset of a collection that is nested too deep; null when there is none. Not recursive. */
function tooDeep(tokens: readonly CST.Token[]): number | null {
  const todo: [token: CST.Token | null | undefined, depth: number][] = tokens.map((token) => [
    token,
    0,
  ]);
  for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
    const [token, depth] = next;
    if (token === null || token === undefined) continue;
    if (token.type === 'document') todo.push([token.value, depth]);
    if (!('items' in token)) continue;
    if (depth >= MAX_DEPTH) return token.offset;
    for (const { key, value } of token.items) todo.push([key, depth + 1], [value, depth + 1]);
  }
  return null;
}

function idOf(path: Path): string {
  return JSON.stringify(path);
}

/** `scenarios.quotes.clients[2]` */
function pathText(path: Path): string {
  return path
    .map((key) =>
      typeof key === 'number' ? `[${key}]` : `.${String(key).replace(/\p{Cc}/gu, '?')}`,
    )
    .join('')
    .replace(/^\./, '');
}
