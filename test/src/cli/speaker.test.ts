import { describe, expect, it } from 'vitest'
import { type SpeakerArgs, speakerOptions } from '../../../src/cli/speaker.ts'

const args: SpeakerArgs = {
  node: 'node1',
  manifests: '/etc/oyez',
  socket: '/run/oyez/oyez.sock',
  logLevel: 'info',
  logFormat: 'text',
  ignoreExcludeLb: false,
}

describe('the options of oyez speaker', () => {
  it('are passed on, and leave defaults to the speaker', () => {
    expect(speakerOptions(args)).toEqual({ ...args })
    expect(speakerOptions({ ...args, lbClass: 'example.net/x' })).toHaveProperty('lbClass', 'example.net/x')
    expect(speakerOptions({ ...args, manifests: 'here' }).manifests).toBe(`${process.cwd()}/here`)
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
