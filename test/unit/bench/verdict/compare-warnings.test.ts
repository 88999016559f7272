/** What two results differ in besides their figures. */
import { describe, expect, it } from 'vitest';
import type { LabResult } from '../../../../bench/result/result.js';
import { withLocal } from '../../../support/result/cell-factory.js';
import { compare } from '../../../support/result/compared.js';
import { makeRepeated, makeRuns } from '../../../support/result/repeated.js';

const OUR_SERVER = {
  kind: 'local' as const,
  ...{ source: 'synthetic', symbols: 50, flush: 'auto' },
  ...{
    policy: 'disconnect',
    shards: 1,
    repairs: ['none'],
    congestions: ['default'],
    stacks: null,
    links: ['none'],
  },
};

describe('a warning', () => {
  const cells = makeRuns([{}, {}]);
  const reference = makeRepeated(1, cells);
  const { environment, config, tool } = reference;
  const changed: readonly [string, Partial<LabResult>, string][] = [
    [
      'MACHINE_DIFFERS',
      { environment: { ...environment, cpu: 'Z80' } },
      'cpu is AMD EPYC 7B13 in A and Z80 in B',
    ],
    [
      'MACHINE_DIFFERS',
      { environment: { ...environment, cores: 64 } },
      'cores is 2 in A and 64 in B',
    ],
    [
      'KERNEL_DIFFERS',
      { environment: { ...environment, kernel: '5.4' } },
      'kernel is 6.12.0 in A and 5.4 in B',
    ],
    [
      'NODE_DIFFERS',
      { environment: { ...environment, node: 'v24.0.0' } },
      'node is v20.19.5 in A and v24.0.0 in B',
    ],
    [
      'SYSCTL_DIFFERS',
      {
        environment: {
          ...environment,
          sysctls: { 'net.core.rmem_max': '1', 'net.ipv4.tcp_wmem': null },
        },
      },
      'net.core.rmem_max is 212992 in A and 1 in B',
    ],
    [
      'VERSION_DIFFERS',
      { tool: { ...tool, version: '9.9.9' } },
      'lab is 0.1.0 in A and 9.9.9 in B',
    ],
    [
      'CONFIG_DIFFERS',
      {
        config: {
          ...config,
          effective: {
            ...config.effective,
            server: { ...OUR_SERVER, port: 1234 },
            repeat: 9,
            transport_options: { udp: { datagram_bytes: 9000 } },
          },
        },
      },
      'datagram_bytes of udp is 1400 in A and 9000 in B',
    ],
    [
      'CONFIG_DIFFERS',
      { config: { ...config, effective: { ...config.effective, time_column: 'ts' } } },
      'time_column is not set in A and ts in B',
    ],
    [
      'FEED_DIFFERS',
      { seed: 8, cells: cells.map((cell) => withLocal(cell, { feed_sha256: 'ff'.repeat(32) })) },
      'A and B published different data in 1 of 1 cells: their feed_sha256 differ (seed 7 in A, 8 in B)',
    ],
    [
      'IMPLEMENTATION_DIFFERS',
      { cells: cells.map((cell) => withLocal(cell, { sender: 'sendmmsg' })) },
      'sender of tcp is socket.write in A and sendmmsg in B',
    ],
    ['SAME_RUN', { startedAt: reference.startedAt }, 'A and B are the same run'],
  ];

  it.each(changed)(
    '%s is given when the two differ so, and no other',
    (code, overrides, message) => {
      const warnings = compare([reference, makeRepeated(2, cells, overrides)]).candidates[0]!
        .warnings;
      expect(warnings).toMatchObject([{ code, message }]);
      expect(warnings[0]!.hint).not.toBe('');
    },
  );

  it('is not given for two runs of one command', () => {
    expect(compare([reference, makeRepeated(2, cells)]).candidates[0]!.warnings).toEqual([]);
  });
});
