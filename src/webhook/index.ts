/** Admission and conversion of metallb.io objects, and certificates for whoever serves HTTPS. */

export { selfSigned } from './certificates.ts'
export { serveWebhooks } from './serve.ts'
export type { CurrentCluster, KeyPair, WebhookContext, WebhookOptions, WebhookServer } from './types.ts'
