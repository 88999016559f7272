/** Paths of lines in half of the bytes. Pure. */

/**
 * `M84,426.6L87,424.8L90,423` as `M84,426.6l3-1.8 3-1.8`: the same points to a tenth of a pixel,
 * without an error that adds up. Null of a path that is anything but absolute straight lines.
 */
export function relativePath(path: string): string | null {
  if (!/^(M-?[\d.]+,-?[\d.]+(L-?[\d.]+,-?[\d.]+)*)+$/.test(path)) return null;
  let at: readonly [number, number] = [0, 0];
  let lines = 0;
  let out = '';
  for (const [, command, x = '', y = ''] of path.matchAll(/([ML])([-\d.]+),([-\d.]+)/g)) {
    const next = [tenths(x), tenths(y)] as const;
    if (command === 'M') {
      out += `M${x},${y}`;
      lines = 0;
    } else {
      const [dx, dy] = [short(next[0] - at[0]), short(next[1] - at[1])];
      out += `${lines === 0 ? 'l' : dx.startsWith('-') ? '' : ' '}${dx}${dy.startsWith('-') ? '' : ' '}${dy}`;
      lines += 1;
    }
    at = next;
  }
  return out;
}

function tenths(text: string): number {
  return Math.round(Number(text) * 10);
}

/** `.4` of 4 tenths, `-1.8` of −18. */
function short(value: number): string {
  return String(value / 10).replace(/^(-?)0\./, '$1.');
}
