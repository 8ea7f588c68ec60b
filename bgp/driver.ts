import type { Clock, Random, Timer } from './clock.ts'
import type {
  Cause,
  ConnectionTimer,
  MachineAction,
  MachineEvent,
  Negotiated,
  Offer,
  ReceivedUpdate,
} from './fsm/index.ts'
import type { Connection, ConnectionHandler } from './network.ts'
import { Session } from './session.ts'
import { Timers } from './timers.ts'
import type { MessageTypeName, RouteRefreshMessage } from './wire/index.ts'

/**
 * The hands of one connection machine: carries out its actions on a session and timers, and reports back events.
 */
export interface DriverOwner {
  readonly clock: Clock
  readonly random: Random
  readonly remoteAsn: number
  /** What the next OPEN offers. */
  currentOffer(): Offer
  dial(handler: ConnectionHandler): Connection
  onEvent(event: MachineEvent): void
  onEstablished(session: Session, negotiated: Negotiated): void
  onAttemptFailed(session: Session | undefined, error: string): void
  onEnded(session: Session | undefined, cause: Cause): void
  onUpdate(update: ReceivedUpdate): void
  onRefresh(message: RouteRefreshMessage): void
  onMessage(direction: 'sent' | 'received', type: MessageTypeName, count: number): void
  onRemarks(type: MessageTypeName, remarks: readonly string[]): void
  /** The session has a connection, or has none any more. */
  onConnection(session: Session, is: 'there' | 'gone'): void
}

export class Driver {
  session: Session | undefined
  readonly #owner: DriverOwner
  readonly #timers: Timers<ConnectionTimer>
  /** The newest session, also after it was left: for the report of how it ended. */
  #last: Session | undefined
  #judging: Timer | undefined
  #sendHoldMs = 0

  constructor(owner: DriverOwner) {
    this.#owner = owner
    this.#timers = new Timers(owner.clock, owner.random, (timer) => this.#expired(timer))
  }

  /** Milliseconds to the next connection attempt, while one is waited for. */
  get retryInMs(): number | undefined {
    return this.#timers.remaining('connectRetry')
  }

  /** The peer's connection becomes this machine's. */
  adopt(connection: Connection): void {
    this.#begin((handler) => {
      connection.handler = handler
      return connection
    })
  }

  perform(action: MachineAction): void {
    switch (action.type) {
      case 'connect':
        this.#begin((handler) => this.#owner.dial(handler))
        break
      case 'drop':
        this.#leave((session) => session.close())
        break
      case 'send-open':
        this.session?.sendOpen()
        break
      case 'send-keepalive':
        this.session?.sendKeepalive()
        break
      case 'send-notification':
        this.#leave((session) => session.notify(action.notification))
        break
      case 'start-timer':
        this.#start(action.timer, action.ms, action.jitter)
        break
      case 'stop-timer':
        this.#stop(action.timer)
        break
      case 'established':
        this.session && this.#owner.onEstablished(this.session, action.negotiated)
        break
      case 'accept-update':
        this.#owner.onUpdate(action.update)
        break
      case 'accept-refresh':
        this.#owner.onRefresh(action.message)
        break
      case 'attempt-failed':
        this.#owner.onAttemptFailed(this.#last, action.error)
        break
      case 'ended':
        this.#timers.stopAll()
        this.#stop('hold')
        this.#owner.onEnded(this.#last, action.cause)
        break
    }
  }

  #begin(open: (handler: ConnectionHandler) => Connection): void {
    const owner = this.#owner
    const session: Session = new Session(
      open,
      owner.clock,
      { offer: owner.currentOffer(), remoteAsn: owner.remoteAsn },
      {
        onEvent: (event) => owner.onEvent(event),
        onMessage: (direction, type, count) => owner.onMessage(direction, type, count),
        onRemarks: (type, remarks) => owner.onRemarks(type, remarks),
        onGone: () => owner.onConnection(session, 'gone'),
      },
    )
    this.session = session
    this.#last = session
    owner.onConnection(session, 'there')
  }

  /** What still happens on the old connection reaches no machine any more (its late octets are nobody's). */
  #leave(how: (session: Session) => void): void {
    const { session } = this
    this.session = undefined
    if (session !== undefined) how(session)
  }

  #start(timer: ConnectionTimer, ms: number, jitter: boolean): void {
    if (timer === 'hold') this.#judging?.cancel()
    if (timer === 'sendHold') this.#sendHoldMs = ms
    this.#timers.start(timer, ms, jitter)
  }

  #stop(timer: ConnectionTimer): void {
    if (timer === 'hold') this.#judging?.cancel()
    this.#timers.stop(timer)
  }

  #expired(timer: ConnectionTimer): void {
    switch (timer) {
      case 'hold':
        this.#judgeHold()
        break
      case 'sendHold':
        this.#judgeSendHold()
        break
      case 'connectRetry':
        this.#owner.onEvent({ type: 'ConnectRetryTimerExpires' })
        break
      case 'delayOpen':
        this.#owner.onEvent({ type: 'DelayOpenTimerExpires' })
        break
      case 'keepalive':
        this.#owner.onEvent({ type: 'KeepaliveTimerExpires' })
        break
    }
  }

  /**
   * If the event loop was held up, the peer's KEEPALIVE may be waiting in the socket. So input gets one turn before
   * the peer is called silent; whatever counts as heard restarts the timer, and that ends the trial.
   */
  #judgeHold(): void {
    this.#judging = this.#owner.clock.soon(() => {
      this.#owner.onEvent({ type: 'HoldTimerExpires' })
    })
  }

  /** RFC 9687: it expires when the peer takes nothing of what waits for it; an idle session never is at fault. */
  #judgeSendHold(): void {
    const stalled = this.session?.stalledMs() ?? 0
    if (stalled >= this.#sendHoldMs) this.#owner.onEvent({ type: 'SendHoldTimerExpires' })
    else this.#timers.start('sendHold', this.#sendHoldMs - stalled)
  }
}
