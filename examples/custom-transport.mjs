// @ts-check
/**
 * A transport of your own beside TCP: the feed as Server-Sent Events, for `curl -N` and a browser's EventSource.
 *
 *     node examples/custom-transport.mjs 7400 7480
 */
import { createServer as createHttpServer } from 'node:http';
import { createServer, LabError, listenError, newServerCounters } from 'streampulse-lab';

/** @type {import('streampulse-lab').ServerTransport} */
const sse = {
  name: 'sse',
  async listen(broadcast, { host, port, codecs, clock }) {
    const counters = newServerCounters();
    // An event holds one line of text, so this transport speaks one codec, whatever the server's default is.
    const encoder = codecs.find(({ name }) => name === 'line-json');
    if (encoder === undefined) throw new LabError('LAB_ERR_UNKNOWN_CODEC', 'sse needs line-json');

    const http = createHttpServer({ keepAlive: true }, (_request, response) => {
      /** What the broadcast calls. @type {import('streampulse-lab').Sink} */
      const sink = {
        flush(subscriber) {
          // As much as the socket takes: the rest waits in the log that all share, and 'drain' asks again.
          while (!response.destroyed && !response.writableNeedDrain) {
            const slice = subscriber.read(64 * 1024);
            if (slice === undefined) return;
            const lines = slice.bytes.toString().trimEnd().split('\n');
            const events = lines.map((line) => `data: ${line}\n\n`).join('');
            response.write(events);
            subscriber.advance(slice);
            counters.sends += 1;
            counters.sendBytes += Buffer.byteLength(events);
            counters.sentMessages += slice.to - slice.from;
          }
        },
        skipped(missed) {
          counters.droppedMessages += missed;
        },
        lagged(missed, next) {
          response.write(`event: lagged\ndata: ${JSON.stringify({ missed, next })}\n\n`);
        },
        end(reason) {
          response.end(`event: end\ndata: ${JSON.stringify({ reason })}\n\n`);
          // Who does not read it cannot keep the connection for that.
          setTimeout(() => response.destroy(), 2_000).unref();
        },
      };
      try {
        const subscriber = broadcast.subscribe({ encoder }, sink);
        counters.accepted += 1;
        response.on('drain', () => broadcast.requestFlush());
        response.on('close', () => {
          broadcast.unsubscribe(subscriber);
          counters.ended += 1;
        });
        response.writeHead(200, { 'content-type': 'text/event-stream', connection: 'close' });
        response.flushHeaders();
      } catch (error) {
        // The server is full, or closing.
        counters.refused += 1;
        response.writeHead(503).end(`${LabError.from(error).message}\n`);
      }
    });

    await new Promise((resolve, reject) => {
      http.on('error', (cause) => reject(listenError(cause, host, port)));
      http.listen({ host, port }, () => resolve(undefined));
    });
    const { address, port: bound } = /** @type {import('node:net').AddressInfo} */ (http.address());
    return {
      transport: 'sse',
      sender: 'http',
      endpoint: { host: address, port: bound },
      counters,
      sendBufferBytes: null,
      // The server has ended every subscription by now: what is left is time to read that.
      async close(drainMs = 2_000) {
        const timer = clock.setTimeout(() => http.closeAllConnections(), drainMs);
        await new Promise((resolve) => http.close(resolve));
        timer.cancel();
      },
    };
  },
};

const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM']) process.once(name, () => stop.abort());

const [tcpPort = 7400, ssePort = 7480] = process.argv.slice(2).map(Number);
const server = await createServer({
  transports: ['tcp', sse],
  ports: { tcp: tcpPort, sse: ssePort },
  source: 'synthetic',
  signal: stop.signal,
});
const [tcpUrl, sseUrl] = server.urls;
console.log(`watch it with: lab subscribe ${tcpUrl}, or curl -N ${sseUrl?.replace('sse:', 'http:')}`);
await server.closed;
