import { describe, expect, it } from 'vitest';
import { foldCells } from '../../../../bench/result/fold-cells.js';
import { from0To1 } from '../../../../bench/result/migrations/0-to-1.js';
import { migrate, RESULT_MINOR } from '../../../../bench/result/migrations/migrate.js';
import { readForm } from '../../../../bench/result/read.js';
import { type LabResult, resultSchema } from '../../../../bench/result/result.js';
import { readProject } from '../../../support/docs/docs.js';
import { cellsText } from '../../../support/result/cells-text.js';
import { makeMatrix } from '../../../support/result/result-factory.js';

/** As lab 0.1.0 wrote it. */
const older = (): Record<string, never> =>
  JSON.parse(readProject('test/fixtures/lab-0.1.0-result.json'));

describe('a result of lab 0.1.0', () => {
  it('is not a valid result of this lab as it stands, and is one once it is read', () => {
    expect(resultSchema.safeParse(older()).success).toBe(false);
    expect(resultSchema.safeParse(migrate(older())).error).toBeUndefined();
  });

  it('keeps every member that it has', () => {
    expect(from0To1(older())).toMatchObject(older());
  });

  it('has the options of transports under the names of those that know them', () => {
    const { config } = older() as unknown as LabResult;
    const { datagram_bytes, receive_buffer_bytes, send_buffer_bytes } = config.effective as Record<
      string,
      unknown
    >;
    const buffers = { datagram_bytes, receive_buffer_bytes, send_buffer_bytes };
    expect(migrate(older())).toMatchObject({
      config: { effective: { transport_options: { udp: { ...buffers, udp_sender: 'dgram' } } } },
    });
  });

  it('is as it was where a member of those is missing: that is damage', () => {
    const { datagram_bytes: _, ...effective } = (
      older() as unknown as { config: { effective: Record<string, unknown> } }
    ).config.effective;
    const damaged = migrate({ ...older(), config: { effective } });
    expect(resultSchema.safeParse(damaged).success).toBe(false);
  });

  it('claims no figure that was not measured', () => {
    const { cells, thresholds } = resultSchema.parse(migrate(older()));
    expect(thresholds).toEqual([]);
    for (const cell of cells) {
      expect(cell.service_us).toMatchObject({
        count: 0,
        p50: null,
        p99: null,
        max: null,
        hdr: null,
      });
      expect([cell.completion_us, cell.staleness_us, cell.jitter_us, cell.complete]).toEqual([
        null,
        null,
        null,
        null,
      ]);
      expect(cell.kernel.tcp_retransmitted_segments).toBeNull();
      expect(cell.ceiling).toMatchObject({ available: false, ratio: null });
      expect(cell.verified).toBeNull();
      expect(cell.reordering).toMatchObject({ extent_max: null, n_reordered: { n1: null } });
    }
  });

  it('ran each cell as often as it was asked to, unless it was interrupted', () => {
    const whole = resultSchema.parse(migrate(older()));
    expect(whole.repeat).toEqual({
      mode: 'fixed',
      runs: 1,
      metric: null,
      target: null,
      outcome: 'fixed',
    });
    const cut = JSON.parse(JSON.stringify(older()));
    cut.cells = cut.cells.slice(0, 2);
    expect(resultSchema.parse(migrate(cut)).repeat).toMatchObject({
      runs: 0,
      outcome: 'interrupted',
    });
  });
});

/** The form that named no minor: of a real run, and its lines. */
const FORM_1 = 'test/fixtures/form-1-result.json';
const form1 = (): Record<string, never> => JSON.parse(readProject(FORM_1));

describe('a result of form 1', () => {
  it('is not a valid result of this lab as it stands, and is one once it is read', () => {
    expect(resultSchema.safeParse(form1()).success).toBe(false);
    const { document, later } = readForm(form1());
    expect(resultSchema.safeParse(document).error).toBeUndefined();
    expect(later).toBeNull();
  });

  it('keeps what only its own server knows with that server', () => {
    const [cell] = resultSchema.parse(migrate(form1())).cells;
    const [before] = JSON.parse(readProject(FORM_1)).cells;
    const { flush, policy, sender, feed_sha256, lag_us: schedule_lag_us, server } = before;
    const use = { ...server, busiest_cores: null, run_queue_ratio: null };
    expect(cell!.server).toEqual({
      kind: 'local',
      ...{ repair: 'none', congestion: 'default' },
      ...{ flush, policy, sender, feed_sha256, schedule_lag_us, use },
      segmentation_refused: null,
      source_cpu_us: null,
    });
    const ip = { ip_bytes_per_delivery: null, ip_bytes_source: null };
    const segments = { segments_per_send: null, padding_ratio: null };
    expect(cell!.wire).toEqual({ ...before.wire, ...ip, ...segments });
    expect(Object.keys(cell!)).not.toEqual(expect.arrayContaining(['lag_us']));
  });

  it('keeps how its own server was set up with that, and nothing of it where there was none', () => {
    const settings = (document: unknown): object =>
      resultSchema.parse(migrate(document)).config.effective.server;
    const before = JSON.parse(readProject(FORM_1)).config.effective;
    const { source, symbols, flush, policy, port, shards } = before;
    expect(settings(form1())).toEqual({
      kind: 'local',
      ...{ source, symbols, flush, links: ['none'], repairs: ['none'], policy, port, shards },
      ...{ congestions: ['default'], stacks: null },
    });
    const target = JSON.parse(readProject('test/fixtures/form-1-target.json'));
    expect(settings(target)).toEqual({ kind: 'target', urls: target.config.effective.target });
  });

  it('of a server that was running already keeps what is known of that', () => {
    const document = JSON.parse(readProject('test/fixtures/form-1-target.json'));
    const { cells } = resultSchema.parse(readForm(document).document);
    expect(cells.map(({ server }) => server)).toEqual(
      document.cells.map(({ target }: { target: object }) => ({
        kind: 'target',
        clock_correction_us: (target as { common_clock: boolean }).common_clock ? 0 : null,
        latency_error_us: expect.toSatisfy(
          (error: unknown) => error === null || Number(error) >= 0,
        ),
        // Of which server they were nobody recorded.
        epochs: null,
        ...target,
      })),
    );
  });

  it('is what the lines of its run fold to', () => {
    const { result } = foldCells(readProject('test/fixtures/form-1-cells.ndjson'));
    expect(result).toEqual(readForm(form1()).document);
  });

  it('that lacks a member is not fixed', () => {
    const damaged = JSON.parse(readProject(FORM_1));
    delete damaged.cells[1].kernel;
    expect(resultSchema.safeParse(migrate(damaged)).error?.issues[0]?.path).toEqual([
      'cells',
      1,
      'kernel',
    ]);
  });

  it('with 0 for what nobody knew is read as not known', () => {
    const [dead, whole] = JSON.parse(readProject(FORM_1)).cells;
    const unknown = { messages_per_s: 0, bytes_per_s: 0 };
    const rss = { ...dead.rss_bytes, server: 0, clients: 0 };
    const counts = { published: 0, expected: 0, delivered: 0, late: 0 };
    const cell = {
      ...{ ...dead, ...counts, lost: 0, server: null, clients_use: null },
      ...{ rss_bytes: rss, goodput: unknown },
      ledger: {
        ...{ ...counts, joined: 3, dropped_by_policy: 0, conflated: 0, send_errors: null },
        ...{ kernel_receive_drops: null, network: null, unattributed: 0 },
        ...{ subscribers_unbalanced: 0, balanced: true },
      },
    };
    const { cells } = resultSchema.parse(migrate({ ...form1(), cells: [cell, whole] }));
    expect(cells[0]?.server).toMatchObject({ kind: 'local', use: null });
    expect(cells[0]?.rss_bytes).toMatchObject({ server: null, clients: null });
    expect(cells[0]?.goodput).toEqual({ messages_per_s: null, bytes_per_s: null });
    expect(cells[0]).toMatchObject({ ...nulls(counts), lost: null });
    const { network: _network, ...entries } = cell.ledger;
    expect(cells[0]?.ledger).toEqual({ ...nulls(entries), network_lost: null, joined: 3 });
    // Nothing delivered by processes that were there is nothing, and no memory is none that they
    // have.
    const idle = { ...whole, ...counts, lost: 0, goodput: unknown };
    const { network, ...ledger } = whole.ledger;
    expect(migrate({ ...form1(), cells: [idle] })).toMatchObject({
      cells: [
        { ...counts, lost: 0, goodput: unknown, ledger: { ...ledger, network_lost: network } },
      ],
    });
  });
});

function nulls(members: object): object {
  return Object.fromEntries(Object.keys(members).map((name) => [name, null]));
}

describe('a result of form 2', () => {
  const form2 = (change: object = {}): object => {
    const result = makeMatrix();
    const newer = { staleness_excess_us: undefined };
    const cells = result.cells.map((cell) => ({ ...cell, ...newer, ...change }));
    return JSON.parse(JSON.stringify({ ...result, schema_minor: 2, cells }));
  };

  it('has null where a figure was measured by another definition', () => {
    const { cells } = resultSchema.parse(readForm(form2()).document);
    // What received was not recorded.
    const now = makeMatrix().cells.map((cell) => ({ ...cell, receiver: null }));
    expect(cells).toEqual(
      now.map((cell) => ({
        ...cell,
        staleness_us: null,
        staleness_excess_us: null,
        jitter_us: { ...cell.jitter_us, p50: null, p99: null, max: null },
        stages_us: { ...cell.stages_us, encode: null },
      })),
    );
  });

  it('has no memory per client that was growth of the resident set, and keeps why there is none', () => {
    const memoryOf = (figures: object): unknown => {
      const { rss_bytes: now } = makeMatrix().cells[0]!;
      const { server_per_client_error: _, ...rss } = { ...now, ...figures };
      return resultSchema.parse(readForm(form2({ rss_bytes: rss })).document).cells[0]?.rss_bytes;
    };
    const grown = { server_per_client: 8_400, server_per_client_reason: null };
    expect(memoryOf(grown)).toMatchObject({
      server_per_client: null,
      server_per_client_error: null,
      server_per_client_reason: 'an earlier lab measured the resident set',
    });
    const none = { server_per_client: null, server_per_client_reason: 'too few' };
    expect(memoryOf(none)).toMatchObject({ ...none, server_per_client_error: null });
  });

  it('has none of what the sender counts where that was another host', () => {
    const target = { kind: 'target', url: 'tcp://h:1', common_clock: false };
    const offset = { clock_offset_us: { min: null, max: null } };
    const kernelOf = (same_machine: boolean): unknown => {
      const document = form2({ server: { ...target, ...offset, same_machine } });
      return resultSchema.parse(readForm(document).document).cells[0]?.kernel;
    };
    const counted = makeMatrix().cells[0]!.kernel;
    expect(kernelOf(true)).toEqual(counted);
    expect(kernelOf(false)).toEqual({
      ...counted,
      udp_sndbuf_errors: null,
      tcp_retransmitted_segments: null,
    });
  });
});

describe('a result of this lab', () => {
  it('is left as it is', () => {
    const result = makeMatrix();
    expect(migrate(result)).toBe(result);
    expect(readForm(result)).toEqual({ document: result, later: null });
  });

  it.each([0, 1, -1, 1.5, '2', null])('that claims the form %j is refused', (schema_minor) => {
    const { document } = readForm({ ...makeMatrix(), schema_minor });
    expect(resultSchema.safeParse(document).error?.issues[0]?.path).toEqual(['schema_minor']);
  });

  it('that lacks a member is not fixed', () => {
    const damaged = JSON.parse(JSON.stringify(makeMatrix()));
    delete damaged.cells[1].kernel;
    expect(resultSchema.safeParse(migrate(damaged)).error?.issues[0]?.path).toEqual([
      'cells',
      1,
      'kernel',
    ]);
  });
});

/** A real run of the lab that counted every latency to the receipt, and its lines. */
const form2 = (): Record<string, never> =>
  JSON.parse(readProject('test/fixtures/form-2-result.json'));

describe('a result of form 2', () => {
  it('is not a valid result of this lab as it stands, and is one once it is read', () => {
    expect(resultSchema.safeParse(form2()).success).toBe(false);
    const { document, later } = readForm(form2());
    expect(resultSchema.safeParse(document).error).toBeUndefined();
    expect(later).toBeNull();
  });

  it('has latencies to the receipt, and claims no arrival and no instrument', () => {
    const before = form2().cells as unknown as LabResult['cells'];
    const { cells } = resultSchema.parse(migrate(form2()));
    expect(cells.length).toBeGreaterThan(0);
    for (const [i, cell] of cells.entries()) {
      expect(cell.latency_at).toBe('receipt');
      expect(cell.latency_us).toEqual(before[i]!.latency_us);
      expect(cell.receipt_us).toEqual(before[i]!.latency_us);
      expect([cell.arrival_us, cell.instrument_us, cell.unstamped]).toEqual([null, null, null]);
    }
  });

  it('has echoes over Node’s sockets, as there were no others', () => {
    const { baselines } = resultSchema.parse(migrate(form2()));
    const before = form2().baselines as unknown as LabResult['baselines'];
    const { tcp, udp } = before.echo;
    expect([tcp.available, udp.available]).toEqual([true, true]);
    expect(baselines.echo).toEqual({
      tcp: { ...tcp, via: 'node' },
      udp: { ...udp, via: 'node' },
    });
    const none = { ...tcp, available: false };
    const without = { ...form2(), baselines: { ...before, echo: { tcp: none, udp } } };
    expect(migrate(without)).toMatchObject({
      baselines: { echo: { tcp: { via: null }, udp: { via: 'node' } } },
    });
  });

  it('keeps its stages but encode: transit is what network is where nothing was stamped', () => {
    const before = form2().cells as unknown as { stages_us: Record<string, number | null> }[];
    const { cells } = resultSchema.parse(migrate(form2()));
    for (const [i, { stages_us }] of cells.entries()) {
      const { transit, ...others } = before[i]!.stages_us;
      expect(transit).toBeGreaterThan(0);
      const moved = { encode: null, network: transit, instrument: null };
      expect(stages_us).toEqual({ ...others, ...moved });
    }
  });

  it('is what the lines of its run fold to', () => {
    const { result } = foldCells(readProject('test/fixtures/form-2-cells.ndjson'));
    expect(result).toEqual(readForm(form2()).document);
  });

  it.each(['latency_us', 'stages_us'])('that lacks %s is not fixed', (member) => {
    const damaged = JSON.parse(JSON.stringify(form2()));
    delete damaged.cells[1][member];
    const { success, error } = resultSchema.safeParse(migrate(damaged));
    expect(success).toBe(false);
    expect(error?.issues.some(({ path }) => path.join('.') === `cells.1.${member}`)).toBe(true);
  });
});

describe('a result of a later form', () => {
  const later = (change: object): object => ({
    ...makeMatrix(),
    schema_minor: RESULT_MINOR + 1,
    ...change,
  });

  it('is read without what this lab does not know, each place told once', () => {
    const cells = makeMatrix().cells.map((cell) => ({
      ...cell,
      news: 1,
      ledger: { ...cell.ledger, more: {} },
    }));
    const read = readForm(later({ cells, novelty: [] }));
    expect(resultSchema.parse(read.document)).toEqual(makeMatrix());
    expect(read.later).toEqual({
      minor: RESULT_MINOR + 1,
      unknown: ['cells[].ledger.more', 'cells[].news', 'novelty'],
    });
  });

  it('tells at most eight places', () => {
    const many = Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`x${i}`, i]));
    expect(readForm(later(many)).later?.unknown).toHaveLength(8);
  });

  it('is not made up where it lacks what this lab needs', () => {
    const { document } = readForm(later({ repeat: undefined }));
    expect(resultSchema.safeParse(document).error?.issues[0]?.path).toEqual(['repeat']);
  });

  it('is folded from its lines, those of an unknown kind left out', () => {
    const [first = '', ...rest] = cellsText(makeMatrix()).split('\n');
    const head = JSON.parse(first);
    const text = [
      JSON.stringify({ ...head, schema_minor: RESULT_MINOR + 1, more: 1 }),
      '{"event":"resumed"}',
      ...rest,
    ];
    expect(foldCells(text.join('\n'))).toMatchObject({
      result: makeMatrix(),
      later: { minor: RESULT_MINOR + 1, unknown: [] },
    });
  });
});

it.each([
  null,
  1,
  'text',
  [],
  {},
  { cells: 1 },
  { cells: [null, 1] },
  { config: { effective: 3 }, cells: [{}] },
])('what is not a result, %j, is refused by the schema and nothing else happens', (document) => {
  expect(resultSchema.safeParse(migrate(document)).success).toBe(false);
});
