import { describe, expect, test } from 'vitest';
import { runMicro } from '../../../../bench/micro/micro.js';
import { MICRO_OPERATIONS } from '../../../../bench/micro/task.js';
import { codecNames } from '../../../../src/codecs/registry.js';

describe('runMicro', () => {
  test('gives one row per codec, size and operation, with figures that agree with each other', async () => {
    const rows = await runMicro({ sizes: [64, 4096], timeMs: 2 });
    expect(rows).toHaveLength(codecNames().length * 2 * MICRO_OPERATIONS.length);
    expect(
      new Set(rows.map((row) => `${row.codec} ${row.operation} ${row.payloadBytes}`)).size,
    ).toBe(rows.length);
    for (const row of rows) {
      expect([64, 4096]).toContain(row.payloadBytes);
      expect(row.messageBytes).toBeGreaterThan(row.payloadBytes / 2);
      expect(row.nsPerOp).toBeGreaterThan(0);
      expect(row.opsPerSecond * row.nsPerOp).toBeCloseTo(1e9, 0);
      expect(row.samples).toBeGreaterThanOrEqual(16);
      expect(row.batch).toBeGreaterThanOrEqual(64);
      expect(Number.isFinite(row.rme)).toBe(true);
    }
  });

  test('a line-json message is its payload, its key and a head of known length', async () => {
    const [row] = await runMicro({ codecs: ['line-json'], sizes: [128], timeMs: 1 });
    // {"seq":1000001,"time":1795287600123456,"key":"","value":}\n and a key of 3 or 4 letters
    const frame = '{"seq":1000001,"time":1795287600123456,"key":"","value":}\n'.length;
    expect(row?.messageBytes).toBeGreaterThanOrEqual(128 + frame + 3);
    expect(row?.messageBytes).toBeLessThanOrEqual(128 + frame + 4);
  });

  test('reports progress from 0 to the number of rows', async () => {
    const seen: string[] = [];
    await runMicro({
      codecs: ['msgpack'],
      sizes: [64],
      timeMs: 1,
      onProgress: (done, total, label) => seen.push(`${done}/${total} ${label}`),
    });
    expect(seen).toEqual([
      '0/3 msgpack encode 64 B',
      '1/3 msgpack decode 64 B',
      '2/3 msgpack scan 64 B',
      '3/3 done',
    ]);
  });

  test.each([
    [{ codecs: ['xml'] }, 'LAB_ERR_UNKNOWN_CODEC'],
    [{ sizes: [-1] }, 'LAB_ERR_BAD_VALUE'],
    [{ timeMs: 0 }, 'LAB_ERR_BAD_VALUE'],
  ])('refuses %j before it measures anything', async (options, code) => {
    await expect(runMicro(options)).rejects.toMatchObject({ code });
  });
});
