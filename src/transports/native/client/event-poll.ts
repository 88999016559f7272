import { closeSync } from 'node:fs';
import type { Clock, Timer } from '../../../core/clock.js';
import { readU32 } from '../../../core/words.js';
import { unavailable } from '../../../native/koffi.js';
import { EPOLL_EVENT } from '../../../native/layout.js';
import { ERRNO, type Libc } from '../../../native/libc.js';
import { checked, systemError } from '../socket-calls.js';
import { TimeAway } from './time-away.js';

const EPOLL_CLOEXEC = 0o2000000;
const CONTROL = { add: 1, delete: 2, modify: 3 } as const;
/** Events of epoll_ctl(2). Errors and hang-ups are always told. */
export const READABLE = 0x001;
export const WRITABLE = 0x004;
/** Events taken from the kernel in one call. */
const MOST_EVENTS = 512;
/** Handed on before the clocks are looked at again: it takes as long as one read in twenty. */
const EVENTS_A_LOOK = 8;
/** Then timers and messages of other processes have their turn. */
const TURN_MS = 4;
/** The longest that it is not looked, in a process that is never late. */
const LOOK_MS = 10;
/** Longer than that, a pause for garbage among it: the process stood still. */
const STANDSTILL_MICROS = 25_000;

/** Who is told that something can be done with a descriptor. It must not throw. */
export interface EventHandler {
  /** `events`: bits of epoll_ctl(2). */
  onEvents(events: number): void;
  /** It is waited for no more, and nothing will be told again. */
  onFailure(error: NodeJS.ErrnoException): void;
}

interface Registration {
  readonly serial: number;
  readonly handler: EventHandler;
}

/**
 * One epoll(7) instance for all sockets of a process, itself watched by Node's event loop. Level-
 * triggered: what one turn leaves, the next one finds.
 */
export class EventPoll {
  readonly #libc: Libc;
  readonly #clock: Clock;
  readonly #fd: number;
  /** Called before a few events are handed on; `emptied`: the wait before found none left. */
  readonly #beforeEvents: (emptied: boolean) => void;
  readonly #events = Buffer.allocUnsafeSlow(MOST_EVENTS * EPOLL_EVENT.size);
  readonly #eventsAddress: number;
  readonly #change = Buffer.allocUnsafeSlow(EPOLL_EVENT.size).fill(0);
  readonly #changeAddress: number;
  /** By descriptor. */
  #registrations: (Registration | undefined)[] = [];
  #watch: { close(): void } | undefined;
  #registered = 0;
  #serial = 0;
  #emptied = true;
  #lookedAt: number;
  #look: Timer | undefined;
  /** The wait before had more sockets to name than there is room for: they were not looked at. */
  #wasCut = false;
  /** Why the kernel is not asked any more. */
  #failure: NodeJS.ErrnoException | undefined;
  /** What is read now came after this, µs by the clock. */
  unreadSince: number;
  readonly #away: TimeAway;

  /** @throws LAB_ERR_NATIVE; an error with the `code` of the call that failed */
  constructor(libc: Libc, clock: Clock, beforeEvents: (emptied: boolean) => void) {
    if (libc.poll === undefined) throw unavailable('this version of koffi cannot wait for sockets');
    this.#libc = libc;
    this.#clock = clock;
    this.#lookedAt = clock.now();
    this.unreadSince = this.#lookedAt;
    this.#beforeEvents = beforeEvents;
    this.#eventsAddress = libc.addressOf(this.#events.buffer) + this.#events.byteOffset;
    this.#changeAddress = libc.addressOf(this.#change.buffer) + this.#change.byteOffset;
    this.#fd = checked(libc.epollCreate(EPOLL_CLOEXEC), 'epoll_create1');
    // A filter of system calls may refuse it, and the turns that need it come too late to say so.
    const waited = libc.epollWait(this.#fd, this.#eventsAddress, MOST_EVENTS, 0);
    if (waited < 0) {
      closeSync(this.#fd);
      throw systemError(waited, 'epoll_wait');
    }
    this.#away = new TimeAway();
  }

  /** Tells `handler` of these events of `fd` from now on. @throws as the constructor */
  add(fd: number, events: number, handler: EventHandler): void {
    if (this.#failure !== undefined) throw this.#failure;
    this.#serial = (this.#serial + 1) >>> 0;
    this.#registrations[fd] = { serial: this.#serial, handler };
    this.#registered += 1;
    try {
      checked(this.#control(CONTROL.add, fd, events), 'epoll_ctl');
      // Only as long as there is something to wait for: it keeps the process alive.
      if (this.#watch === undefined) this.#startWatching();
    } catch (error) {
      // The caller closes `fd`, and then the kernel knows nothing of it either.
      this.#forget(fd);
      throw error;
    }
  }

  /** 0 or minus errno. */
  modify(fd: number, events: number): number {
    return this.#control(CONTROL.modify, fd, events);
  }

  /** To be called before `fd` is closed. */
  remove(fd: number): void {
    if (this.#registrations[fd] === undefined) return;
    // Where a filter refuses it, closing `fd` does the same.
    this.#control(CONTROL.delete, fd, 0);
    this.#forget(fd);
  }

  #forget(fd: number): void {
    this.#registrations[fd] = undefined;
    this.#registered -= 1;
    if (this.#registered === 0) this.#stopWatching();
  }

  /** Of no socket any more. */
  close(): void {
    this.#stopWatching();
    this.#away.close();
    closeSync(this.#fd);
  }

  #startWatching(): void {
    this.#watch = this.#libc.poll?.(this.#fd, () => this.#turn());
    this.#lookedAt = this.#clock.now();
    this.#wasCut = false;
    this.#planLook();
  }

  #stopWatching(): void {
    this.#watch?.close();
    this.#watch = undefined;
    this.#look?.cancel();
    this.#look = undefined;
  }

  /** Without it an idle process and one that stands still are alike. */
  #planLook(): void {
    this.#look = this.#clock.setTimeout(() => {
      if (this.#watch === undefined) return;
      this.#planLook();
      this.#turn();
    }, LOOK_MS);
  }

  /** 0 or minus errno. */
  #control(operation: number, fd: number, events: number): number {
    const change = this.#change;
    change.writeUInt32LE(events, EPOLL_EVENT.events);
    change.writeUInt32LE(fd, EPOLL_EVENT.data);
    change.writeUInt32LE(this.#registrations[fd]?.serial ?? 0, EPOLL_EVENT.data + 4);
    return this.#libc.epollCtl(this.#fd, operation, fd, this.#changeAddress);
  }

  #turn(): void {
    let now = this.#clock.now();
    const until = now + TURN_MS * 1_000;
    // After a standstill each is read before a timer judges how long it has heard nothing.
    const elapsed = now - this.#lookedAt;
    let owed = elapsed > STANDSTILL_MICROS ? this.#registered : 0;
    const away = this.#away.since(elapsed);
    // Who was stopped seems to have idled.
    let lookedBefore = now - (elapsed > STANDSTILL_MICROS ? elapsed : away);
    while (this.#registered > 0 && (now < until || owed > 0)) {
      if (!this.#wasCut) this.unreadSince = lookedBefore;
      this.#lookedAt = now;
      const count = this.#libc.epollWait(this.#fd, this.#eventsAddress, MOST_EVENTS, 0);
      if (count === -ERRNO.EINTR) {
        now = this.#clock.now();
        continue;
      }
      if (count < 0) {
        this.#fail(systemError(count, 'epoll_wait'));
        return;
      }
      this.#wasCut = count === MOST_EVENTS;
      if (count === 0) {
        this.#emptied = true;
        return;
      }
      for (let i = 0; i < count; i++) {
        if (i % EVENTS_A_LOOK === 0) {
          this.#beforeEvents(this.#emptied);
          this.#emptied = false;
        }
        this.#dispatch(i * EPOLL_EVENT.size);
      }
      owed -= count;
      lookedBefore = this.#lookedAt;
      now = this.#clock.now();
    }
  }

  /** The descriptor stays readable, and so there would be no end of turns. */
  #fail(error: NodeJS.ErrnoException): void {
    this.#failure = error;
    this.#stopWatching();
    const registrations = this.#registrations;
    this.#registrations = [];
    this.#registered = 0;
    for (const registration of registrations) registration?.handler.onFailure(error);
  }

  #dispatch(at: number): void {
    const events = this.#events;
    const fd = readU32(events, at + EPOLL_EVENT.data);
    const registration = this.#registrations[fd];
    // Closed earlier in this batch, and its number perhaps given to another socket.
    if (registration?.serial !== readU32(events, at + EPOLL_EVENT.data + 4)) return;
    registration.handler.onEvents(readU32(events, at + EPOLL_EVENT.events));
  }
}
