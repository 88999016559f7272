// @ts-check
/**
 * A transport of your own beside TCP: the feed as Server-Sent Events, for `curl -N` and a browser's
 * EventSource.
 *
 *     node examples/custom-transport.mjs 7400 7480
 *
 * What it leaves out, and those of the lab have: its counters stay 0, so /metrics knows its clients
 * but not what they were sent; a taken port is Node's error and not LAB_ERR_PORT_IN_USE; it asks
 * the client nothing (keys, from, codec: it takes the server's first, which must be one of text
 * lines); and one that was cut and does not read its end keeps its connection until the server
 * closes.
 */
import { createServer as createHttpServer } from 'node:http';
import { createServer, LabError, newServerCounters } from 'streampulse-lab';

/** @type {import('streampulse-lab').ServerTransport} */
const sse = {
  name: 'sse',
  async listen(broadcast, { host, port, codecs: [encoder] }) {
    if (encoder?.name !== 'line-json')
      throw new LabError('LAB_ERR_UNKNOWN_CODEC', 'sse needs line-json');
    const http = createHttpServer((_request, response) => {
      /** What the broadcast calls. @type {import('streampulse-lab').Sink} */
      const sink = {
        flush(subscriber) {
          // As much as the socket takes: the rest waits in the log that all share, and 'drain' asks
          // again.
          while (!response.writableNeedDrain && !response.destroyed) {
            const slice = subscriber.read(65_536);
            if (slice === undefined) return;
            // Whole lines, each of them an event.
            response.write(
              `data: ${slice.bytes.toString().trimEnd().replaceAll('\n', '\n\ndata: ')}\n\n`,
            );
            subscriber.advance(slice);
          }
        },
        lagged: (missed, next) =>
          response.write(`event: lagged\ndata: {"missed":${missed},"next":${next}}\n\n`),
        end: (reason) => response.end(`event: end\ndata: {"reason":"${reason}"}\n\n`),
      };
      // Written to after the client has left: 'close' is on its way.
      response.on('error', () => {});
      try {
        const subscriber = broadcast.subscribe({ encoder }, sink);
        response.on('drain', () => broadcast.requestFlush());
        response.on('close', () => broadcast.unsubscribe(subscriber));
        response
          .writeHead(200, { 'content-type': 'text/event-stream', connection: 'close' })
          .flushHeaders();
      } catch (error) {
        // The server is full, or closing.
        response.writeHead(503).end(`${LabError.from(error).message}\n`);
      }
    });
    await new Promise((done, failed) =>
      http.on('error', failed).listen({ host, port }, () => done(0)),
    );
    const { address, port: bound } = /** @type {import('node:net').AddressInfo} */ (http.address());
    // The server has ended every subscription by now: what is left is time to read that.
    const close = async (drainMs = 2_000) => {
      setTimeout(() => http.closeAllConnections(), drainMs).unref();
      await new Promise((done) => http.close(done));
    };
    const facts = {
      transport: 'sse',
      sender: 'http',
      sendBufferBytes: null,
      counters: newServerCounters(),
    };
    return { ...facts, endpoint: { host: address, port: bound }, close };
  },
};

const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM']) process.once(name, () => stop.abort());

const [tcp = 7400, port = 7480] = process.argv.slice(2).map(Number);
const ports = { tcp, sse: port };
const server = await createServer({
  transports: ['tcp', sse],
  ports,
  source: 'synthetic',
  signal: stop.signal,
});
const [tcpUrl, sseUrl] = server.urls;
console.log(
  `watch it with: lab subscribe ${tcpUrl}, or curl -N ${sseUrl?.replace('sse:', 'http:')}`,
);
await server.closed;
