import { describe, expect, it } from 'vitest';
import { EventHub, type EventSink } from '../../../../cli/live/event-hub.js';
import type { LiveEvent, LivePart } from '../../../../reports/html/view/live.js';

/** A browser that reads when it is told to. */
class FakeSink implements EventSink {
  writableLength = 0;
  reads = true;
  text = '';
  state: 'open' | 'ended' | 'destroyed' = 'open';

  write(text: string): void {
    this.text += text;
    if (!this.reads) this.writableLength += text.length;
  }

  end(text: string): void {
    this.write(text);
    this.state = 'ended';
  }

  destroy(): void {
    this.state = 'destroyed';
  }

  drain(): void {
    this.writableLength = 0;
  }

  /** What came since the last call. */
  take(): LiveEvent[] {
    const lines = this.text.split('\n').filter((line) => line.startsWith('data: '));
    this.text = '';
    return lines.map((line) => JSON.parse(line.slice(6)) as LiveEvent);
  }
}

const status = (text: string): LivePart => ({ kind: 'status', state: 'running', text, tiles: [] });
const textsOf = (events: readonly LiveEvent[]): string[] =>
  events.map(({ id, part }) => `${id} ${part.kind === 'status' ? part.text : part.kind}`);

describe('events of a live page', () => {
  it('go to a browser that comes as the newest of every part, at once', () => {
    const hub = new EventHub();
    hub.replace('a', () => status('old'));
    hub.replace('b', () => status('b'));
    hub.replace('a', () => status('new'));
    const sink = new FakeSink();
    hub.add(sink, 0);
    expect(sink.text).toMatch(/^retry: \d+\n\n/);
    expect(textsOf(sink.take())).toEqual(['a new', 'b b']);
  });

  it('are sent when they have changed, and a comment when nothing has', () => {
    const hub = new EventHub();
    const sink = new FakeSink();
    hub.replace('a', () => status('1'));
    hub.replace('b', () => status('b'));
    hub.add(sink, 0);
    sink.take();
    hub.replace('a', () => status('2'));
    hub.flush(1_000);
    expect(textsOf(sink.take())).toEqual(['a 2']);
    hub.flush(2_000);
    expect(sink.text).toBe(':\n\n');
  });

  it('are made once for all browsers, and not at all for none', () => {
    const hub = new EventHub();
    let made = 0;
    const make = (): LivePart => {
      made += 1;
      return status('x');
    };
    for (let i = 0; i < 10; i++) hub.replace('a', make);
    hub.flush(0);
    expect(made).toBe(0);
    hub.add(new FakeSink(), 0);
    hub.add(new FakeSink(), 0);
    expect(made).toBe(1);
  });

  it('skip what a slow browser has not read, and give it the newest when it has', () => {
    const hub = new EventHub();
    const sink = new FakeSink();
    sink.reads = false;
    hub.replace('a', () => status('0'));
    hub.add(sink, 0);
    const waiting = sink.writableLength;
    for (let second = 1; second <= 9; second++) {
      hub.replace('a', () => status(String(second)));
      hub.flush(second * 1_000);
    }
    expect(sink.writableLength).toBe(waiting);
    expect(textsOf(sink.take())).toEqual(['a 0']);
    sink.drain();
    hub.flush(9_500);
    expect(textsOf(sink.take())).toEqual(['a 9']);
    expect(sink.state).toBe('open');
  });

  it('let a browser go that takes nothing for ten seconds, and no other', () => {
    const hub = new EventHub();
    const [slow, quick] = [new FakeSink(), new FakeSink()];
    slow.reads = false;
    hub.replace('a', () => status('0'));
    hub.add(slow, 0);
    hub.add(quick, 0);
    for (let ms = 1_000; ms < 10_000; ms += 1_000) hub.flush(ms);
    expect([slow.state, hub.size, hub.stalled]).toEqual(['open', 2, 0]);
    hub.flush(10_000);
    expect([slow.state, quick.state, hub.size, hub.stalled]).toEqual(['destroyed', 'open', 1, 1]);
  });

  it('end with what was still due and the last one, for slow browsers too', () => {
    const hub = new EventHub();
    const [slow, quick] = [new FakeSink(), new FakeSink()];
    slow.reads = false;
    hub.replace('a', () => status('0'));
    for (const sink of [slow, quick]) hub.add(sink, 0);
    for (const sink of [slow, quick]) sink.take();
    hub.replace('a', () => status('over'));
    hub.end('a', { kind: 'end', report: '</script>\n\ndata: x' });
    for (const sink of [slow, quick]) {
      expect(sink.state).toBe('ended');
      const events = sink.take();
      expect(textsOf(events)).toEqual(['a over', 'a end']);
      expect(events[1]!.part).toEqual({ kind: 'end', report: '</script>\n\ndata: x' });
    }
    expect(hub.size).toBe(0);
  });

  it('cost nothing for a browser that has left', () => {
    const hub = new EventHub();
    const sink = new FakeSink();
    hub.add(sink, 0);
    hub.remove(sink);
    hub.remove(sink);
    sink.text = '';
    hub.replace('a', () => status('1'));
    hub.flush(1_000);
    expect([sink.text, hub.size]).toEqual(['', 0]);
  });
});
