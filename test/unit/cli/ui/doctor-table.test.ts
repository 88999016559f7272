import { describe, expect, it } from 'vitest';
import type { DoctorCheck } from '../../../../bench/result/result.js';
import { renderDoctor } from '../../../../cli/ui/doctor-table.js';

const plain = (_format: unknown, text: string): string => text;
const CHECKS: DoctorCheck[] = [
  { check: 'governor', status: 'unknown', value: 'no cpufreq here', advice: null },
  { check: 'cores', status: 'ok', value: '8', advice: null },
  {
    check: 'rmem_max',
    status: 'warn',
    value: '4096 bytes: less than --rcvbuf asks for by default (212992)',
    advice: 'sudo sysctl -w net.core.rmem_max=4194304',
  },
  { check: 'clock source', status: 'bad', value: 'hpet', advice: 'echo tsc | sudo tee /sys/clock' },
];

describe('the table of lab doctor', () => {
  it('shows every check with its verdict, then what to do, then the count', () => {
    expect(`\n${renderDoctor(CHECKS, 100, plain)}`).toMatchInlineSnapshot(`
      "
      verdict    check         found
      ─────────  ────────────  ───────────────────────────────────────────────────────────
      ? unknown  governor      no cpufreq here
      ✔ ok       cores         8
      ! warn     rmem_max      4096 bytes: less than --rcvbuf asks for by default (212992)
      ✘ bad      clock source  hpet

      ! warn rmem_max: 4096 bytes: less than --rcvbuf asks for by default (212992)
        → sudo sysctl -w net.core.rmem_max=4194304
      ✘ bad clock source: hpet
        → echo tsc | sudo tee /sys/clock

      1 check is fine, 1 check may cost accuracy, 1 check spoils every figure, 1 check cannot be told
        here: do what the arrows say, then run lab doctor again
      "
    `);
  });

  it('keeps the table within a narrow terminal and never cuts a command', () => {
    const text = renderDoctor(CHECKS, 50, plain);
    const [table = ''] = text.split('\n\n');
    for (const line of table.split('\n')) expect([...line].length).toBeLessThanOrEqual(50);
    for (const { advice } of CHECKS) if (advice !== null) expect(text).toContain(`→ ${advice}\n`);
  });

  it('ends with the count when there is nothing to do', () => {
    expect(renderDoctor(CHECKS.slice(1, 2), 100, plain)).toMatch(/8\n\n1 check is fine\n$/);
  });
});
