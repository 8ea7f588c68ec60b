/** One question and its answer over a router's Unix control socket. */
import { createConnection } from 'node:net'

/**
 * Connects, waits for `greeting` to say that the router has greeted (when it does), sends the question and reads until
 * `answer` finds the whole answer in what came after it. Rejects when the socket closes before that, or with what
 * `answer` throws.
 */
export function ask<T>(
  path: string,
  question: string,
  answer: (received: string) => T | undefined,
  greeting?: (received: string) => boolean,
): Promise<T> {
  return new Promise((resolve, reject) => {
    let received = ''
    let asked = greeting === undefined
    const socket = createConnection(path).setEncoding('latin1').setTimeout(10_000)
    if (asked) socket.write(question, 'latin1')
    socket.on('data', (text: string) => {
      received += text
      if (!asked) {
        if (greeting?.(received) !== true) return
        asked = true
        received = ''
        socket.write(question, 'latin1')
        return
      }
      try {
        const found = answer(received)
        if (found === undefined) return
        resolve(found)
      } catch (error) {
        reject(error)
      }
      socket.destroy()
    })
    socket.on('timeout', () => socket.destroy(new Error(`${path}: no answer to "${question.trim()}"`)))
    socket.on('error', reject)
    socket.on('close', () => reject(new Error(`${path}: closed before it answered "${question.trim()}"`)))
  })
}
