/** Every node's speaker at once, through the API server: what `kubectl oyez` stands on. */
export {
  type AskOptions,
  answersOf,
  askSpeakers,
  hintFor,
  isFailure,
  type NodeAnswer,
  type NodeFailure,
  type NodeResult,
} from './ask.ts'
export { findPods, type OyezPod } from './pods.ts'
