/**
 * `npm run house`: the floors and rooms of this project, and which way imports point, read from the
 * code itself. `test/unit/house/imports.test.ts` checks the rules on the same reading.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import Table from 'cli-table3';

/** From the top down: a floor imports from itself and from those below. */
export const FLOORS = ['cli', 'reports', 'bench', 'src'];
/** Beside the house: for its builders, imported by nobody. */
export const ASIDE = ['tools'];

/** One import, types included. */
export interface Import {
  readonly file: string;
  /** Path inside the project, or the name of a package or `node:` module. */
  readonly target: string;
  readonly inside: boolean;
}

/** Every TypeScript file below these folders, as paths from the root of the project. */
export function filesIn(roots: readonly string[]): string[] {
  return roots.flatMap((root) =>
    readdirSync(root, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => join(root, name).replaceAll('\\', '/')),
  );
}

/**
 * Static imports, re-exports and dynamic imports of a file. A comment may name a module: it is
 * taken out first.
 */
export function importsOf(file: string, text: string): Import[] {
  const code = withoutComments(text);
  const found = [
    ...code.matchAll(/^\s*(?:import|export)\b[^'"`;]*?\bfrom\s*(['"])([^'"]+)\1/gm),
    ...code.matchAll(/^\s*import\s*(['"])([^'"]+)\1/gm),
    ...code.matchAll(/\bimport\s*\(\s*(['"])([^'"]+)\1/g),
  ];
  return found.map(([, , specifier = '']) => {
    const inside = specifier.startsWith('.');
    const path = relative('.', join(dirname(file), specifier)).replaceAll('\\', '/');
    return { file, inside, target: inside ? path.replace(/\.js$/, '.ts') : specifier };
  });
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
}

const REGEX =
  /(?<=[(=:,?[!&|]\s*|return )\/(?![*/])(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/g;
const LITERAL = /'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/g;

/** A text that code has as a literal or template, as it is written between its quotes. */
export interface Literal {
  readonly text: string;
  /** Name of the member of an object that it is the value of, or ''. */
  readonly member: string;
}

export function literalsOf(text: string): Literal[] {
  const code = withoutComments(text).replace(REGEX, '/ /');
  return [...code.matchAll(LITERAL)].map((match) => ({
    text: match[0].slice(1, -1).replace(/\\(['"`])/g, '$1'),
    member: /(\w+):\s*$/.exec(code.slice(0, match.index))?.[1] ?? '',
  }));
}

export function importsIn(files: readonly string[]): Import[] {
  return files.flatMap((file) => importsOf(file, readFileSync(file, 'utf8')));
}

/** A room is a folder of files; beside folders, each file is a room of its own. */
export function roomsOf(files: readonly string[]): Map<string, string> {
  const folders = new Set(files.map((file) => dirname(file)));
  const divided = [...folders].filter((folder) =>
    [...folders].some((other) => other.startsWith(`${folder}/`)),
  );
  return new Map(
    files.map((file) => [file, divided.includes(dirname(file)) ? file : dirname(file)]),
  );
}

/** From each room to those that it imports from. */
export function arrowsOf(
  imports: readonly Import[],
  rooms: ReadonlyMap<string, string>,
): Map<string, Set<string>> {
  const arrows = new Map<string, Set<string>>();
  for (const room of rooms.values()) arrows.set(room, new Set());
  for (const { file, target, inside } of imports) {
    const [from, to] = [rooms.get(file), rooms.get(target)];
    if (inside && from !== undefined && to !== undefined && from !== to) arrows.get(from)!.add(to);
  }
  return arrows;
}

/** Imports from a lower floor to a higher one, or from any floor to what stands aside. */
export function upwardIn(imports: readonly Import[]): Import[] {
  return imports.filter(({ file, target, inside }) => {
    const from = FLOORS.indexOf(floorOf(file));
    return inside && from >= 0 && FLOORS.indexOf(floorOf(target)) < from;
  });
}

/** Rooms (or files) that lead back to themselves, as paths `a → b → a`. */
export function circlesIn(arrows: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const circles: string[] = [];
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (room: string): void => {
    const at = path.indexOf(room);
    if (at >= 0) circles.push([...path.slice(at), room].join(' → '));
    if (at >= 0 || done.has(room)) return;
    path.push(room);
    for (const next of arrows.get(room) ?? []) visit(next);
    path.pop();
    done.add(room);
  };
  for (const room of arrows.keys()) visit(room);
  return circles;
}

function floorOf(path: string): string {
  return path.split('/')[0]!;
}

/** How many rooms lie between a room and the ground: 0 for one that imports from none. */
function heights(arrows: ReadonlyMap<string, ReadonlySet<string>>): Map<string, number> {
  const known = new Map<string, number>();
  const height = (room: string): number => {
    const before = known.get(room);
    if (before !== undefined) return before;
    known.set(room, 0);
    const own = Math.max(-1, ...[...(arrows.get(room) ?? [])].map(height)) + 1;
    known.set(room, own);
    return own;
  };
  for (const room of arrows.keys()) height(room);
  return known;
}

/** The house as a table, from the top down, and a last line with what is wrong with it. */
export function houseText(): string {
  const files = filesIn([...FLOORS, ...ASIDE]);
  const imports = importsIn(files);
  const rooms = roomsOf(files);
  const arrows = arrowsOf(imports, rooms);
  const height = heights(arrows);
  const table = new Table({ head: ['floor', 'room', 'files', 'lines', 'to rooms', 'from rooms'] });
  for (const floor of [...ASIDE, ...FLOORS]) {
    const own = [...arrows.keys()].filter((room) => floorOf(room) === floor);
    for (const room of own.sort((a, b) => height.get(b)! - height.get(a)! || (a < b ? -1 : 1))) {
      const inside = files.filter((file) => rooms.get(file) === room);
      const lines = inside.map((file) => readFileSync(file, 'utf8').split('\n').length - 1);
      const from = [...arrows.values()].filter((targets) => targets.has(room)).length;
      table.push([
        floor,
        room,
        inside.length,
        lines.reduce((sum, one) => sum + one, 0),
        arrows.get(room)!.size,
        from,
      ]);
    }
  }
  const count = [...arrows.values()].reduce((sum, { size }) => sum + size, 0);
  const circles = circlesIn(arrows);
  return `${table.toString()}\n${arrows.size} rooms, ${count} arrows between rooms, ${upwardIn(imports).length} upward, ${circles.length} circles\n`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  process.stdout.write(houseText());
}
