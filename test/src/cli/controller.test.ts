import { describe, expect, it } from 'vitest'
import { type ControllerArgs, controllerOptions } from '../../../src/cli/controller.ts'
import { oyez } from '../../support/fake-io.ts'

const args: ControllerArgs = {
  leaderElect: true,
  ignoreExcludeLb: false,
  moveDelay: '5s',
  webhookPort: 9_443,
  webhookService: 'oyez-webhook',
  healthPort: 17_472,
  metricsAddress: '127.0.0.1:9120',
  logLevel: 'info',
  logFormat: 'text',
}

describe('the options of oyez controller', () => {
  it('are passed on, and leave defaults to the controller', () => {
    expect(controllerOptions(args)).toEqual({
      leaderElect: true,
      ignoreExcludeLb: false,
      moveDelayMs: 5_000,
      webhook: { port: 9_443, service: 'oyez-webhook' },
      healthPort: 17_472,
      metrics: { address: '127.0.0.1', port: 9_120 },
      logLevel: 'info',
      logFormat: 'text',
    })
    const more = {
      kubeconfig: 'file',
      context: 'lab',
      namespace: 'here',
      podName: 'pod-1',
      lbClass: 'x.example/y',
    }
    expect(controllerOptions({ ...args, ...more })).toMatchObject({
      kubeconfig: 'file',
      context: 'lab',
      namespace: 'here',
      pod: 'pod-1',
      lbClass: 'x.example/y',
    })
  })

  it('turn doors off with 0 and none', () => {
    const off = { webhookPort: 0, healthPort: 0, metricsAddress: 'none' }
    const options = controllerOptions({ ...args, ...off })
    expect(options).not.toHaveProperty('webhook')
    expect(options).not.toHaveProperty('healthPort')
    expect(options).not.toHaveProperty('metrics')
  })

  it.each([
    ['0', 0],
    ['250ms', 250],
    ['1m30s', 90_000],
    ['24h', 86_400_000],
  ])('read --move-delay %s', (moveDelay, ms) => {
    expect(controllerOptions({ ...args, moveDelay }).moveDelayMs).toBe(ms)
  })

  it.each(['', '5', 'soon', '-5s', '25h'])('refuse --move-delay %s', (moveDelay) => {
    expect(() => controllerOptions({ ...args, moveDelay })).toThrow(/is not a duration/)
  })
})

describe('oyez run', () => {
  it('has no controller for a folder, and says what to do', async () => {
    const { code, err } = await oyez('run --node node1 --manifests .')
    expect({ code, err }).toMatchObject({
      code: 2,
      err: expect.stringContaining('--manifests has no controller'),
    })
    expect(err).toContain('oyez speaker --manifests DIR')
  })
})
