/**
 * `oyez run`: controller and speaker in one process, for a single node or a trial. Each is what it is alone, with its
 * own watches; only the process is shared. When one cannot start, the other is told to stop.
 */
import { runController } from './controller.ts'
import type { ControllerOptions } from './controller-options.ts'
import { runSpeaker } from './speaker.ts'
import type { SpeakerOptions } from './speaker-options.ts'

export async function runBoth(controller: ControllerOptions, speaker: SpeakerOptions): Promise<void> {
  const stop = new AbortController()
  const both = [runController(controller, stop.signal), runSpeaker(speaker, stop.signal)]
  try {
    await Promise.all(both)
  } catch (error) {
    stop.abort()
    await Promise.allSettled(both)
    throw error
  }
}
