import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Unsendable } from '../bgp/index.ts'
import { PeerReason } from '../peers/index.ts'
import { AllocationCode } from '../src/ipam/index.ts'
import { ReasonCode } from '../src/plan/index.ts'

/** Codes are part of the contract: what can be printed is explained in the guide, and the guide explains nothing else. */

const ROOT = join(import.meta.dirname, '..')

/** The ways in which a finding gets its code. */
const EMITTING = [
  /\.(?:error|warning)\(\s*'(\w+)'/g,
  /\bcode: '(\w+)'/g,
  /\bfileProblem\(\s*'(\w+)'/g,
  /\bproblemOf\(\s*'(?:error|warning)',\s*'(\w+)'/g,
]

function emitted(folder: string): Set<string> {
  const files = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
  const texts = files
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(join(ROOT, folder, name), 'utf8'))
  const all = texts.flatMap((text) => EMITTING.flatMap((how) => [...text.matchAll(how)]))
  return new Set(all.map(([, code]) => code as string))
}

/** The codes that stand first in a table row. */
function explained(document: string): Set<string> {
  const text = readFileSync(join(ROOT, 'docs', document), 'utf8')
  return new Set([...text.matchAll(/^\| `([A-Z]\w+)` \|/gm)].map(([, code]) => code as string))
}

const sorted = (codes: Iterable<string>) => [...new Set(codes)].sort()

describe('docs/configuration.md', () => {
  const codes = new Set([...emitted('src/cluster'), ...emitted('src/sources')])

  it('explains every code of a finding, and no other', () => {
    expect(sorted(explained('configuration.md'))).toEqual(sorted(codes))
  })

  it('was compared with codes from both folders', () => {
    expect(codes).toContain('UnknownField')
    expect(codes).toContain('YamlSyntax')
    expect(codes.size).toBeGreaterThan(50)
  })

  /** A finding whose code came about in another way would not be seen above. */
  it('knows every way in which a finding gets its code', () => {
    const calls = /(?:\.(?:error|warning)|fileProblem|problemOf)\(\s*(?!')([\w.]+)/g
    const folders = ['src/cluster', 'src/sources']
    const variable = folders.flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.ts'))
        .flatMap((name) => [...readFileSync(join(ROOT, folder, name), 'utf8').matchAll(calls)])
        .map(([, first]) => first as string),
    )
    // `range.code` is that of a `code: '...'`; `code` is the parameter of the declarations themselves.
    expect(sorted(variable)).toEqual(['code', 'range.code', 'severity'])
  })
})

describe('docs/reasons.md', () => {
  it('explains every reason, and no other', () => {
    const codes = [ReasonCode, PeerReason, Unsendable, AllocationCode].flatMap((codes) =>
      Object.values<string>(codes),
    )
    expect(sorted(explained('reasons.md'))).toEqual(sorted(codes))
  })
})
