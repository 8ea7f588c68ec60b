import { describe, expect, it } from 'vitest'
import { findPods } from '../../../src/kubectl/index.ts'
import { SpeakersBehindApi } from '../../support/speakers-behind-api.ts'

const three = [
  { name: 's0', node: 'node0' },
  { name: 's1', node: 'node1' },
  { name: 'c0', node: 'node0', component: 'controller' as const },
]

describe('finding the pods of oyez', () => {
  it('reads all pages, everywhere, by label', async () => {
    const api = new SpeakersBehindApi(three)
    const pods = await findPods(api)
    expect(pods.map(({ name, component, node }) => [name, component, node])).toEqual([
      ['s0', 'speaker', 'node0'],
      ['s1', 'speaker', 'node1'],
      ['c0', 'controller', 'node0'],
    ])
    expect(api.requests.map(({ path, query }) => [path, query?.continue])).toEqual([
      ['/api/v1/pods', undefined],
      ['/api/v1/pods', '2'],
    ])
    expect(api.requests[0]?.query?.labelSelector).toBe(
      'app.kubernetes.io/name=oyez,app.kubernetes.io/component in (speaker,controller)',
    )
  })

  it('looks only where it is told to', async () => {
    const api = new SpeakersBehindApi([...three, { name: 's9', node: 'node9', namespace: 'metallb-system' }])
    expect((await findPods(api, 'metallb-system')).map(({ name }) => name)).toEqual(['s9'])
    expect(api.requests.map(({ path }) => path)).toEqual(['/api/v1/namespaces/metallb-system/pods'])
  })

  it('tries the usual namespace when pods may not be listed everywhere', async () => {
    const api = new SpeakersBehindApi(three)
    api.mayListEverywhere = false
    expect(await findPods(api)).toHaveLength(3)
    expect(api.requests.at(-1)?.path).toBe('/api/v1/namespaces/oyez-system/pods')
  })

  it('does not choose between two installations', async () => {
    const api = new SpeakersBehindApi([...three, { name: 's9', node: 'node9', namespace: 'metallb-system' }])
    await expect(findPods(api)).rejects.toMatchObject({
      message: 'oyez runs in several namespaces: metallb-system, oyez-system',
      hint: 'choose one with --namespace',
    })
  })

  it('says of each pod why it cannot be asked', async () => {
    const api = new SpeakersBehindApi([
      { name: 'new', phase: 'Pending' },
      { name: 'pulling', node: 'n', waiting: 'ImagePullBackOff' },
      { name: 'going', node: 'n', terminating: true },
      { name: 'well', node: 'n' },
    ])
    expect((await findPods(api)).map(({ name, trouble, ready }) => [name, trouble, ready])).toEqual([
      ['new', 'Pending', false],
      ['pulling', 'ImagePullBackOff', false],
      ['going', 'Terminating', true],
      ['well', undefined, true],
    ])
  })
})
