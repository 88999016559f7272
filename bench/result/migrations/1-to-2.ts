/**
 * Form 1 is that of the labs after 0.1.0, and names no minor. Form 2 names its minor, says null
 * where nobody knows, keeps what only the lab's own server knows with that server, and the options
 * of a transport under its name.
 */
import { isMembers, type Members, mapMembers } from './members.js';
import { withTransportOptions } from './transport-options.js';

export function from1To2(document: Members): Members {
  const { config } = document;
  return {
    ...document,
    schema_minor: 2,
    config: isMembers(config)
      ? { ...config, effective: withServerSettings(withTransportOptions(config.effective)) }
      : config,
    cells: mapMembers(document.cells, (cell) => withServer({ ...cell, ...zerosOfUnknown(cell) })),
  };
}

const SETTINGS_OF_OURS = ['source', 'symbols', 'flush', 'policy', 'port', 'shards'];

/** What is set of the lab's own server stood beside `target`, null with one. */
function withServerSettings(effective: unknown): unknown {
  const names = ['target', ...SETTINGS_OF_OURS];
  if (!isMembers(effective) || !names.every((name) => name in effective)) return effective;
  const { target: urls } = effective;
  const ours = SETTINGS_OF_OURS.map((name) => [name, effective[name]] as const);
  const rest = Object.entries(effective).filter(([name]) => !names.includes(name));
  const server =
    urls === null ? { kind: 'local', ...Object.fromEntries(ours) } : { kind: 'target', urls };
  return { server, ...Object.fromEntries(rest) };
}

/** What only the lab's own server knows was null in a cell with another, beside `target`. */
function withServer(cell: Members): Members {
  const { target, flush, policy, sender, feed_sha256, lag_us, server: use, ...rest } = cell;
  if (isMembers(target)) return { ...rest, server: { kind: 'target', ...target } };
  if (target !== null) return cell;
  const known = { flush, policy, sender, feed_sha256, schedule_lag_us: lag_us, use };
  return { ...rest, server: { kind: 'local', ...known } };
}

/** What stands in a cell for what nobody knew: earlier labs wrote 0. */
function zerosOfUnknown(cell: Members): Members {
  const { server, clients_use: clients, target, rss_bytes: rss, goodput } = cell;
  const lost = server === null && target === null;
  const noServer = lost && isMembers(rss) && rss.server === 0;
  const noClients = clients === null && isMembers(rss) && rss.clients === 0;
  const nothing = lost && isMembers(goodput) && goodput.messages_per_s === 0;
  return {
    ...(noServer || noClients
      ? {
          rss_bytes: {
            ...rss,
            ...(noServer ? { server: null } : {}),
            ...(noClients ? { clients: null } : {}),
          },
        }
      : {}),
    ...(nothing ? { goodput: { messages_per_s: null, bytes_per_s: null } } : {}),
    ...(lost || clients === null ? uncounted(cell) : {}),
  };
}

const COUNTS = ['published', 'expected', 'delivered', 'lost', 'late'];

/** What is counted of messages, where a worker left no account. */
function uncounted(cell: Members): Members {
  const { ledger } = cell;
  const counts = COUNTS.filter((name) => cell[name] === 0).map((name) => [name, null] as const);
  if (!isMembers(ledger) || counts.length < COUNTS.length) return {};
  const entries = Object.entries(ledger).map(([name, value]) =>
    name !== 'joined' && (value === 0 || value === true) ? [name, null] : [name, value],
  );
  return { ...Object.fromEntries(counts), ledger: Object.fromEntries(entries) };
}
