import { expect, it } from 'vitest';
import { codecNames } from '../../src/codecs/registry.js';
import { loadTransport, transportNames } from '../../src/transports/registry.js';
import { rejection } from '../support/conformance/transport-support.js';
import { DATAGRAM_SUBJECTS, STREAM_SUBJECTS } from './transport-subjects.js';

it('every registered transport is held to the kit', () => {
  const held = new Set([...STREAM_SUBJECTS, ...DATAGRAM_SUBJECTS].map(({ name }) => name));
  expect([...held].sort()).toEqual(transportNames().toSorted());
  expect(codecNames().length).toBeGreaterThan(1);
});

it('the registry gives each transport under its name and refuses others', async () => {
  for (const name of transportNames()) expect((await loadTransport(name)).name).toBe(name);
  for (const name of ['', 'TCP', 'quic', 'constructor']) {
    expect(await rejection(loadTransport(name))).toBe('LAB_ERR_UNKNOWN_TRANSPORT');
  }
});
