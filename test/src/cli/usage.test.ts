import { describe, expect, it } from 'vitest'
import { oyez } from '../../support/fake-io.ts'

describe('a wrong call exits 2 and names what was typed', () => {
  it.each([
    ['peesr', 'there is no command peesr', 'did you mean `oyez peers`?'],
    ['zzzzzz', 'there is no command zzzzzz', 'see `oyez --help`'],
    ['peers extra', 'there is no command extra', 'see `oyez --help`'],
    ['peers --sokcet x', 'there is no option --sokcet', 'see `oyez peers --help`'],
    ['peers -x', 'there is no option -x', 'see `oyez peers --help`'],
    [
      'peers -o xml',
      '--output cannot be "xml": choose from table, wide, json, yaml',
      'see `oyez peers --help`',
    ],
    ['peers --socket', '--socket needs a value', 'see `oyez peers --help`'],
    ['peers --socket a --socket b', '--socket is given 2 times; give it once', ''],
    ['explain', 'explain needs an argument', 'see `oyez explain --help`'],
    ['plan', '-f must be given', 'see `oyez plan --help`'],
    ['lint', '-f must be given', 'see `oyez lint --help`'],
    ['plan -f . --node a --all-nodes', '--node and --all-nodes exclude each other', 'see `oyez plan --help`'],
    ['speaker', '--node must be given', 'kubectl get nodes'],
    ['decode --ebgp --ibgp 00', '--ebgp and --ibgp exclude each other', ''],
    ['decode --families ipv5 00', '--families: ipv5 is not a family', 'write ipv4,ipv6 or none'],
    ['decode --add-path x,ipv4 00', '--add-path: x is not a family', 'write ipv4,ipv6 or none'],
    ['completion fish', 'cannot be "fish": choose from bash, zsh', 'see `oyez completion --help`'],
  ])('oyez %s', async (line, message, hint) => {
    const { code, out, err } = await oyez(line)
    expect(err).toContain(message)
    expect(err).toContain(hint)
    expect(err.split('\n').length).toBeLessThanOrEqual(3)
    expect({ code, out }).toEqual({ code: 2, out: '' })
  })

  it('shows the help on stderr when nothing was typed', async () => {
    const { code, out, err } = await oyez('')
    expect(err).toContain('oyez explain <service>')
    expect({ code, out }).toEqual({ code: 2, out: '' })
  })
})

describe('help', () => {
  it('lists the commands', async () => {
    const { code, out, err } = await oyez('--help')
    for (const command of [
      'speaker',
      'peers',
      'routes',
      'services',
      'status',
      'explain',
      'plan',
      'lint',
      'decode',
    ])
      expect(out).toContain(`oyez ${command}`)
    expect({ code, err }).toEqual({ code: 0, err: '' })
  })

  it.each([
    'speaker',
    'peers',
    'routes',
    'services',
    'status',
    'explain',
    'plan',
    'lint',
    'decode',
    'completion',
    'version',
  ])('oyez %s --help has examples', async (command) => {
    const { code, out } = await oyez(`${command} --help`)
    expect(out).toMatch(new RegExp(`Examples:\\n( .*\\n)*? +.*oyez ${command}`))
    expect(out).not.toMatch(/undefined|\.{3}$/m)
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(110)
    expect(code).toBe(0)
  })
})
