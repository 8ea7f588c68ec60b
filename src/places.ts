/** Where oyez is found unless told otherwise: what daemons, plugin and commands agree on. */

/** Namespace of an installation. */
export const DEFAULT_NAMESPACE = 'oyez-system'
/** TCP port of a speaker's API on its node's loopback. */
export const API_PORT = 17_473
