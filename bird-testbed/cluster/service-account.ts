/** A program's access as a ServiceAccount: a bound token as a Pod has, a kubeconfig that reads it from a file. */
import { writeFileSync } from 'node:fs'
import { ApiError } from './api-client.ts'
import type { ControlPlane } from './control-plane.ts'
import { serviceAccountObject } from './objects.ts'

export class ServiceAccountAccess {
  /** `system:serviceaccount:NAMESPACE:NAME` */
  readonly user: string
  /** Holds the token; kubeconfig points to it, so a program that follows it sees `renew`. */
  readonly tokenFile: string
  readonly kubeconfig: string
  private readonly plane: ControlPlane
  private readonly path: string

  private constructor(plane: ControlPlane, namespace: string, name: string) {
    this.plane = plane
    this.user = `system:serviceaccount:${namespace}:${name}`
    this.path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`
    this.tokenFile = plane.host.file(`${namespace}.${name}.token`)
    const user = { tokenFile: this.tokenFile }
    this.kubeconfig = plane.writeConfig(`${namespace}.${name}`, { user, namespace })
  }

  static async create(plane: ControlPlane, namespace: string, name: string): Promise<ServiceAccountAccess> {
    await plane.api.create(serviceAccountObject(namespace, name)).catch((error: unknown) => {
      if (!(error instanceof ApiError && error.reason === 'AlreadyExists')) throw error
    })
    const access = new ServiceAccountAccess(plane, namespace, name)
    await access.renew()
    return access
  }

  /** Puts a new token into the file, valid for so many seconds (at least 600), and returns it. */
  async renew(seconds = 3600): Promise<string> {
    const request = {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { expirationSeconds: seconds },
    }
    const { status } = await this.plane.api.request<{ status: { token: string } }>('POST', this.path, request)
    writeFileSync(this.tokenFile, status.token, { mode: 0o600 })
    return status.token
  }

  /** Makes the token in the file one that the API server refuses. */
  spoil(): void {
    writeFileSync(this.tokenFile, 'not.a.token')
  }
}
