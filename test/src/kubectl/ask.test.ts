import { describe, expect, it } from 'vitest'
import { type AskOptions, askSpeakers, findPods, isFailure } from '../../../src/kubectl/index.ts'
import { cannedViews } from '../../support/canned-views.ts'
import { onNode, type PodFacts, SpeakersBehindApi } from '../../support/speakers-behind-api.ts'

async function ask(pods: readonly PodFacts[], options?: AskOptions) {
  const api = new SpeakersBehindApi(pods)
  const results = await askSpeakers(api, await findPods(api), (speaker) => speaker.status(), options)
  return { api, results }
}

describe('asking many speakers', () => {
  it('gives each one its own answer, in the order of the pods', async () => {
    const names = ['a', 'b', 'c', 'd', 'e']
    const { results } = await ask(
      names.map((name) => ({ name, node: name, speaker: onNode(name, cannedViews) })),
    )
    expect(results.map((result) => !isFailure(result) && result.view.node)).toEqual(names)
  })

  it('asks no more at one time than it may, and leaves no connection behind', async () => {
    const pods = Array.from({ length: 12 }, (_, at) => ({ name: `p${at}`, node: 'n', speaker: cannedViews }))
    const api = new SpeakersBehindApi(pods)
    let [now, most] = [0, 0]
    const results = await askSpeakers(
      api,
      await findPods(api),
      async (speaker) => {
        now += 1
        most = Math.max(most, now)
        await speaker.status()
        now -= 1
      },
      { atOnce: 3 },
    )
    expect({ most, failed: results.filter(isFailure) }).toEqual({ most: 3, failed: [] })
    await expect.poll(() => api.open).toBe(0)
  })

  it('names those who do not answer, with the reason, and hears the others', async () => {
    const { results } = await ask([
      { name: 'well', node: 'n0', speaker: cannedViews },
      { name: 'deaf', node: 'n1' },
      { name: 'guarded', node: 'n3', speaker: 'forbidden' },
      { name: 'new', phase: 'Pending' },
      { name: 'pulling', node: 'n5', waiting: 'ErrImagePull' },
    ])
    expect(results.map((result) => (isFailure(result) ? result.error : 'answered'))).toEqual([
      'answered',
      'the speaker on oyez-system/deaf does not answer: failed to connect to localhost:17473: connection refused',
      'cannot create pods/portforward guarded',
      'its pod new does not run: Pending',
      'its pod pulling does not run: ErrImagePull',
    ])
    expect(results[2]).toMatchObject({
      hint: 'ask for a Role; or bind the ClusterRole oyez-viewer in the namespace oyez-system to whoever asks',
    })
  })

  it('gives up on one who takes the connection and says nothing', async () => {
    const { api, results } = await ask([{ name: 'mute', node: 'n', speaker: 'silent' }], { timeoutMs: 20 })
    expect(results).toMatchObject([
      { error: expect.stringMatching(/^the speaker on oyez-system\/mute does not answer: .* 20 ms$/) },
    ])
    await expect.poll(() => api.open).toBe(0)
  })
})
