import { describe, expect, it } from 'vitest'
import { type SpeakerArgs, speakerOptions } from '../../../src/cli/speaker.ts'

const args: SpeakerArgs = {
  node: 'node1',
  manifests: '/etc/oyez',
  serviceStatus: true,
  socket: '/run/oyez/oyez.sock',
  apiPort: 17_473,
  healthPort: 17_472,
  metricsAddress: '127.0.0.1:9120',
  logLevel: 'info',
  logFormat: 'text',
  ignoreExcludeLb: false,
}

describe('the options of oyez speaker', () => {
  it('are passed on, and leave defaults to the speaker', () => {
    expect(speakerOptions(args)).toEqual({
      node: 'node1',
      source: { kind: 'manifests', folder: '/etc/oyez' },
      socket: '/run/oyez/oyez.sock',
      apiPort: 17_473,
      healthPort: 17_472,
      metrics: { address: '127.0.0.1', port: 9120 },
      logLevel: 'info',
      logFormat: 'text',
      ignoreExcludeLb: false,
    })
    expect(speakerOptions({ ...args, lbClass: 'example.net/x' })).toHaveProperty('lbClass', 'example.net/x')
    expect(speakerOptions({ ...args, manifests: 'here' }).source).toEqual({
      kind: 'manifests',
      folder: `${process.cwd()}/here`,
    })
  })

  it('lead to an API server without --manifests', () => {
    const { manifests: _, ...inPod } = args
    expect(speakerOptions(inPod).source).toEqual({ kind: 'kubernetes', serviceStatus: true })
    const outside = { kubeconfig: '/k', context: 'c', namespace: 'metallb-system', serviceStatus: false }
    expect(speakerOptions({ ...inPod, ...outside, podName: 'speaker-x' }).source).toEqual({
      kind: 'kubernetes',
      ...outside,
      pod: 'speaker-x',
    })
    // As a pod's environment has it when the field is empty.
    expect(speakerOptions({ ...inPod, namespace: '', podName: '' }).source).toEqual({
      kind: 'kubernetes',
      serviceStatus: true,
    })
  })

  it('turn ports off', () => {
    const { apiPort, healthPort, metrics } = speakerOptions({
      ...args,
      apiPort: 0,
      healthPort: 0,
      metricsAddress: 'none',
    })
    expect([apiPort, healthPort, metrics]).toEqual([undefined, undefined, undefined])
    const metricsOptions = { metricsAddress: '[::]:9120', metricsCertDir: '/certs' }
    expect(speakerOptions({ ...args, ...metricsOptions }).metrics).toEqual({
      address: '::',
      port: 9120,
      certDir: '/certs',
    })
  })

  it.each([
    [{ apiPort: 65_536 }, /--api-port 65536 is not a port/],
    [{ healthPort: -1 }, /--health-port -1 is not a port/],
    [{ healthPort: Number.NaN }, /the value of --health-port is not a port/],
    [{ metricsAddress: ':9120' }, /--metrics-address :9120 is not an address with a port/],
    [{ kubeconfig: '/k' }, /--manifests and --kubeconfig exclude each other/],
    [{ context: 'c' }, /--manifests and --context exclude each other/],
    [{ node: undefined }, /--node must be given/],
  ])('refuse %j', (over, message) => {
    expect(() => speakerOptions({ ...args, ...over })).toThrow(message)
  })

  it('name addresses to listen on', () => {
    const listen = ['192.0.2.1:179', '[2001:db8::1]:1179', '0.0.0.0:65535', '[::]:1']
    expect(speakerOptions({ ...args, listen }).listen).toEqual([
      { address: '192.0.2.1', port: 179 },
      { address: '2001:db8::1', port: 1179 },
      { address: '0.0.0.0', port: 65_535 },
      { address: '::', port: 1 },
    ])
    expect(speakerOptions({ ...args, listen: ['none'] }).listen).toEqual([])
  })

  it.each([
    '192.0.2.1',
    ':179',
    '192.0.2.1:0',
    '192.0.2.1:65536',
    '192.0.2:179',
    '2001:db8::1:179',
    '[192.0.2.1]:179',
    '[2001:db8::1]',
    'localhost:179',
    '192.0.2.1:179x',
    '',
  ])('refuse --listen %s', (listen) => {
    expect(() => speakerOptions({ ...args, listen: [listen] })).toThrow(/is not an address with a port/)
  })

  it('refuse what contradicts itself', () => {
    expect(() => speakerOptions({ ...args, listen: ['none', '192.0.2.1:179'] })).toThrow(/exclude each other/)
    expect(() => speakerOptions({ ...args, node: '' })).toThrow(/--node is empty/)
  })
})
