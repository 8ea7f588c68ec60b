/** Sockets and ports that a daemon opens for others before it starts its work: all of them are open, or none is. */

export interface Door {
  close(): Promise<void>
}

/**
 * One after the other, in this order; undefined: this one is not wanted. Rejects when one cannot be opened; those that
 * were open are closed by then.
 */
export async function openAll(doors: readonly (() => Promise<Door | undefined>)[]): Promise<Door> {
  const opened: Door[] = []
  const close = async () => {
    await Promise.all(opened.map((one) => one.close()))
  }
  try {
    for (const open of doors) {
      const door = await open()
      if (door !== undefined) opened.push(door)
    }
    return { close }
  } catch (error) {
    await close()
    throw error
  }
}
