/**
 * The webhooks of the controller without the rest of it, for API servers of the lab:
 * `node webhook-program.ts KUBECONFIG NAMESPACE PORT`. Says "ready" once the API server knows of them.
 */
import { systemClock } from '../../../bgp/index.ts'
import { connectKubernetes, watchKubernetes } from '../../../src/sources/index.ts'
import { serveWebhooks } from '../../../src/webhook/index.ts'

const [kubeconfig = '', namespace = '', port = '0'] = process.argv.slice(2)
const api = await connectKubernetes({ kubeconfig })
const context = {
  clock: systemClock,
  log: (level: string, message: string, fields?: object) =>
    console.log(`${level}: ${message} ${JSON.stringify(fields ?? {})}`),
  random: Math.random,
}
const handlers = { onSnapshot: () => {}, onDiagnostics: () => {} }
const watcher = watchKubernetes(api, { namespace, needs: 'controller' }, handlers, context)
const server = await serveWebhooks(
  {
    api,
    namespace,
    port: Number(port),
    service: 'oyez-webhook',
    cluster: () =>
      watcher.snapshot && { objects: watcher.configuration, services: watcher.snapshot.services },
  },
  context,
)
while (!(server.ready && watcher.synced)) await new Promise((resolve) => setTimeout(resolve, 20))
console.log('ready')
