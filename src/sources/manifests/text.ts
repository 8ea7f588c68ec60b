/** The text of a manifest, YAML or JSON, to plain values with their places. */
import { parseJson } from './json.ts'
import { parseYaml, type YamlProblem, type YamlText } from './yaml.ts'

/** More is refused: YAML that large is a mistake, and reading it takes minutes and gigabytes. */
export const MOST_YAML = 16 * 1024 * 1024
/** What `kubectl get -o json` prints of a large cluster is well below that. */
export const MOST_JSON = 256 * 1024 * 1024

export function parseText(text: string): YamlText {
  const json = parseJson(text)
  if (json !== undefined) return json
  if (text.length <= MOST_YAML) return parseYaml(text)
  return { documents: [], problems: [TOO_LARGE_FOR_MORE], lineStarts: Uint32Array.of(0) }
}

/** The YAML parser would know more, after minutes. */
const TOO_LARGE_FOR_MORE: YamlProblem = {
  severity: 'error',
  code: 'JsonSyntax',
  message: 'is not valid JSON, or has a doubled key, a key that is a number, or too many levels',
  hint: 'look at it with `jq empty FILE`, or split it into files of at most 16 MiB, of which more can be told',
  offset: 0,
}
