import { renameSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { FolderWatchers } from '../../../../src/sources/manifests/watchers.ts'
import { temporaryFolder, writeFiles } from '../../../support/temporary-folder.ts'

test('says when a folder is newly watched, since what came before has left no event', () => {
  const watchers = new FolderWatchers(
    () => {},
    () => {},
  )
  onTestFinished(() => watchers.close())
  const one = temporaryFolder()
  const two = temporaryFolder()
  expect(watchers.follow(new Map([[one, '1']]))).toBe(true)
  expect(watchers.follow(new Map([[one, '1']]))).toBe(false)
  expect(
    watchers.follow(
      new Map([
        [one, '1'],
        [two, '2'],
      ]),
    ),
  ).toBe(true)
  expect(watchers.follow(new Map([[two, '2']]))).toBe(false)
  // Another folder has taken the place of the first one.
  expect(watchers.follow(new Map([[two, '3']]))).toBe(true)
})

test('a folder that is gone is no error, only not watched', () => {
  const log: string[] = []
  const watchers = new FolderWatchers(
    () => {},
    (level) => log.push(level),
  )
  expect(watchers.follow(new Map([['/nowhere/at/all', '1']]))).toBe(false)
  expect(log).toEqual(['debug'])
})

test('an atomic rename is an event', async () => {
  const root = temporaryFolder({ 'a.yaml': '' })
  await new Promise<void>((resolve) => {
    const watchers = new FolderWatchers(resolve, () => {})
    onTestFinished(() => watchers.close())
    watchers.follow(new Map([[root, '1']]))
    writeFiles(root, { 'b.yaml': '' })
    renameSync(join(root, 'b.yaml'), join(root, 'a.yaml'))
  })
})
