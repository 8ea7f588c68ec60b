/**
 * The network, passed in. `tcp/` implements this over node:net and the addon; tests implement it in memory.
 * Errors are never thrown from these calls: they arrive at `onClose`, `onError`, asynchronously.
 */

export interface Endpoint {
  readonly address: string
  readonly port: number
}

/** Socket options that must be in force before the first SYN. */
export interface TransportOptions {
  /** TCP MD5 signature key, 1..80 octets (RFC 2385). */
  readonly password?: string
  /** Bind the outgoing connection to this address. */
  readonly sourceAddress?: string
  /** Bind to this interface (SO_BINDTODEVICE). */
  readonly device?: string
  /** TTL or hop limit of what we send, 1..255. */
  readonly ttl?: number
  /** Lowest TTL or hop limit accepted (GTSM, RFC 5082), 1..255. */
  readonly minTtl?: number
}

export interface ConnectionHandler {
  /** The connection is up. Not called for accepted connections, which are up already. */
  onOpen(): void
  onData(chunk: Uint8Array): void
  /** Everything written so far has left for the kernel; more may be written. */
  onDrain(): void
  /** The connection is gone; called exactly once, last. */
  onClose(error?: Error): void
}

export interface Connection {
  readonly local: Endpoint
  readonly remote: Endpoint
  /** Whoever owns the connection; accepted connections get theirs here before the first event. */
  handler: ConnectionHandler
  /** Queues octets. False: wait for `onDrain` before writing more bulk (small control messages may still go). */
  write(data: Uint8Array): boolean
  /** Octets accepted by `write` and not yet taken by the kernel. */
  readonly pending: number
  /** Stops and resumes reading, for back-pressure. */
  pause(): void
  resume(): void
  /**
   * For an accepted connection, once its peer is known: that peer's TTL options (GTSM, RFC 5082). MD5 keys are the
   * listener's. Returns why they cannot be set; the connection must then be aborted.
   */
  setOptions(options: TransportOptions): Error | undefined
  /** Orderly end (RFC 4271 section 6): what was written is flushed, then FIN, input drained for a moment, then gone. */
  close(): void
  /** Gone now, unsent data dropped. */
  abort(): void
}

export interface Listener {
  close(): void
}

export interface ListenOptions {
  /** MD5 keys by peer address (RFC 2385); may be changed on a live listener. */
  readonly passwords?: ReadonlyMap<string, string>
}

export interface ListenHandler {
  onListening(at: Endpoint): void
  onConnection(connection: Connection): void
  /** The address cannot be listened on (or no longer can). */
  onError(error: Error): void
}

export interface Network {
  connect(to: Endpoint, options: TransportOptions, handler: ConnectionHandler): Connection
  listen(
    at: Endpoint,
    options: ListenOptions,
    handler: ListenHandler,
  ): Listener & {
    /** Replaces the MD5 keys without closing the socket. */
    setPasswords(passwords: ReadonlyMap<string, string>): void
  }
}
