import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '..')

interface Import {
  readonly file: string
  /** A path from the repository's root, a package's name, or `node:…`. */
  readonly target: string
  readonly typeOnly: boolean
}

/** Every import and re-export of a room, static or not. */
function importsOf(room: string): Import[] {
  const files = readdirSync(join(ROOT, room), { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  )
  return files.flatMap((name) => {
    const file = join(room, name)
    const source = readFileSync(join(ROOT, file), 'utf8')
    const statements = source.matchAll(
      /(?:^|\n)(?:import|export)\s+(type\s)?[^'"`;]*?from\s+'([^']+)'|(?:^|\n)import\s+'([^']+)'|\bimport\('([^']+)'\)/g,
    )
    return Array.from(statements, ([, type, from, bare, dynamic]) => {
      const target = from ?? bare ?? (dynamic as string)
      return {
        file,
        target: target.startsWith('.') ? normalize(join(dirname(file), target)) : target,
        typeOnly: type !== undefined,
      }
    })
  })
}

const isOurs = (target: string) => /^(src|adapters|engine|bench|test|training)\//.test(target)
const within = (room: string) => (target: string) => target.startsWith(`${room}/`)
const show = ({ file, target }: Import) => `${file} imports ${target}`

it('the engine imports nothing of ours from outside itself', () => {
  expect(
    importsOf('engine')
      .filter(({ target }) => isOurs(target) && !within('engine')(target))
      .map(show),
  ).toEqual([])
})

it('only files that the worker reaches import onnxruntime', () => {
  const imports = importsOf('engine')
  const reached = new Set<string>()
  const visit = (file: string) => {
    if (reached.has(file)) return
    reached.add(file)
    for (const { target, typeOnly } of imports.filter((entry) => entry.file === file))
      if (!typeOnly && isOurs(target)) visit(target)
  }
  visit('engine/worker.ts')
  const users = ['engine', 'src', 'adapters'].flatMap(importsOf).filter(({ target }) => target === 'onnxruntime-node')
  expect(users.length).toBeGreaterThan(0)
  expect(users.filter(({ file }) => !reached.has(file)).map(show)).toEqual([])

  const mainSide = new Set<string>()
  const visitMain = (file: string) => {
    if (mainSide.has(file)) return
    mainSide.add(file)
    for (const { target, typeOnly } of imports.filter((entry) => entry.file === file)) if (!typeOnly) visitMain(target)
  }
  visitMain('engine/client.ts')
  expect(mainSide).not.toContain('onnxruntime-node')
})

it("the service's rooms import themselves and the engine's face; the database and the queue have one door each", () => {
  const imports = importsOf('src').filter(({ file }) => file !== 'src/main.ts')
  const outside = imports.filter(
    ({ target }) => isOurs(target) && !within('src')(target) && target !== 'engine/engine.ts',
  )
  expect(outside.map(show)).toEqual([])
  const database = imports.filter(({ file, target }) => target === 'better-sqlite3' && !within('src/store')(file))
  expect(database.map(show)).toEqual([])
  expect(imports.filter(({ file, target }) => target === 'p-queue' && file !== 'src/queue.ts').map(show)).toEqual([])
})

it('an adapter imports itself, the ports, the types of a command, and its own platform', () => {
  for (const platform of readdirSync(join(ROOT, 'adapters'))) {
    const room = `adapters/${platform}`
    const allowed = (target: string) =>
      within(room)(target) || ['src/chat.ts', 'src/models-port.ts', 'src/commands/command.ts'].includes(target)
    const ours = importsOf(room).filter(({ target }) => isOurs(target) && !allowed(target))
    expect(ours.map(show)).toEqual([])
    const others = ['discord.js', 'grammy', 'better-sqlite3', 'p-queue', 'onnxruntime-node'].filter(
      (name) => name !== { discord: 'discord.js', telegram: 'grammy' }[platform],
    )
    expect(
      importsOf(room)
        .filter(({ target }) => others.includes(target))
        .map(show),
    ).toEqual([])
  }
})

it('nobody imports main', () => {
  const all = ['src', 'adapters', 'engine', 'bench', 'test'].flatMap(importsOf)
  expect(all.filter(({ target }) => target === 'src/main.ts').map(show)).toEqual([])
})

it('no file imports itself by way of others, not even for a type', () => {
  const imports = ['engine', 'src', 'adapters'].flatMap(importsOf).filter(({ target }) => isOurs(target))
  const left = new Map(Map.groupBy(imports, ({ file }) => file))
  // Files that import none of those left are taken away until only circles and what leads to them are.
  for (let before = Infinity; left.size < before; ) {
    before = left.size
    for (const [file, own] of left) if (!own.some(({ target }) => left.has(target))) left.delete(file)
  }
  expect(
    [...left.values()]
      .flat()
      .filter(({ target }) => left.has(target))
      .map(show),
  ).toEqual([])
})
