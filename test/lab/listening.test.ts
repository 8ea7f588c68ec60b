import { expect, test } from 'vitest'
import { awaitUntil, Bird, birdConfig, type Host, type LabProcess } from '../../bird-testbed/index.ts'
import { describeLab } from './describe-lab.ts'
import type { RemoteSpeaker } from './support/remote-speaker.ts'
import { ROUTER_ASN } from './support/router.ts'
import { NODE_ASN, neighborFor, twoMachines } from './support/two-machines.ts'

/** Another BGP speaker on the node has the port: what operators of Calico and kube-router meet. */
describeLab('port 179 is taken', ['bird'], () => {
  test('sessions are dialled all the same, and the port is taken up when it is free', async () => {
    await using net = await twoMachines('port 179 is taken')
    const { node, router, program } = net
    const holder = await holdPort(node)
    const neighbors = [{ name: 'node', address: node.address, asn: NODE_ASN }]
    const bird = await Bird.start(
      router,
      birdConfig({ asn: ROUTER_ASN, routerId: router.address, neighbors }),
    )
    const speaker = await program.open({ asn: NODE_ASN, routerId: node.address })
    const neighbor = await speaker.add(neighborFor(router))

    await neighbor.established()
    await bird.established('node')
    expect(await listenerStates(speaker)).toEqual(['failed', 'failed'])
    const warnings = (await speaker.log()).filter(({ level }) => level === 'warn')
    expect(warnings.map(({ message }) => message)).toEqual(
      Array(2).fill(expect.stringContaining('cannot listen')),
    )
    expect(warnings.map(({ fields }) => fields.port)).toEqual([179, 179])

    await holder.stop()

    const listens = async () => (await listenerStates(speaker)).every((state) => state === 'listening')
    await awaitUntil(listens, 'listens as soon as the port is free')
    expect(await neighbor.status()).toMatchObject({ state: 'Established', flaps: 0 })
  })
})

async function listenerStates(speaker: RemoteSpeaker): Promise<string[]> {
  return (await speaker.status()).listeners.map(({ state }) => state)
}

/** On every address of both families. */
async function holdPort(node: Host): Promise<LabProcess> {
  const program = `require('node:net').createServer().listen(179, '::', () => console.log('listening'))`
  const holder = node.spawn('holder', [process.execPath, '-e', program])
  await holder.awaitReady(() => holder.output.includes('listening'), 'holds port 179')
  return holder
}
