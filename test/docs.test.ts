import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import { commands } from '../src/commands/registry.ts'
import { zhNames } from '../src/messages/zh-commands.ts'

const ROOT = join(import.meta.dirname, '..')
const read = (page: string) => readFileSync(join(ROOT, page), 'utf8')
const PAGES = ['README.md', 'CHANGELOG.md', ...globSync('{docs,models}/**/*.md', { cwd: ROOT })]
const LINK = /\]\(([^)\s]+)\)|<img src="([^"]+)"/gu

it('docs/commands.md tells every command with all its values and choices', () => {
  const page = read('docs/commands.md')
  const zhCommands: Readonly<Record<string, string>> = zhNames.commands
  for (const { name, params } of commands) {
    expect(page).toMatch(new RegExp(`\`/${name}\\b`, 'u'))
    expect(page, name).toContain(`\`/${zhCommands[name]}\``)
    for (const [param, { kind, alias = [], ...more }] of Object.entries(params)) {
      expect(page, `${name} ${param}`).toMatch(new RegExp(`\\b${param}\\b`, 'iu'))
      for (const flag of alias) expect(page, name).toContain(`--${flag}`)
      // The styles have a page of their own, and the shapes of the settings are those of a picture.
      if (kind !== 'choice' || !('choices' in more) || param === 'style') continue
      for (const choice of more.choices) if (choice !== 'none') expect(page, `${name} ${param}`).toContain(choice)
    }
  }
})

it('docs/commands.md tells no command and no flag that is not there', () => {
  const page = read('docs/commands.md')
  const names = commands.map(({ name }) => name)
  for (const [, name] of page.matchAll(/`\/([a-z_]+)/gu)) expect(names).toContain(name)
  const aliases = commands.flatMap(({ params }) => Object.values(params).flatMap(({ alias = [] }) => alias))
  const flags = [...Object.keys(zhNames.params), ...aliases]
  for (const [, flag] of page.matchAll(/--([a-z]+)/gu)) expect(flags).toContain(flag)
})

it.each(PAGES)('every link and picture in %s leads somewhere', (page) => {
  for (const [, link, picture] of read(page).matchAll(LINK)) {
    const to = (link ?? picture)!
    if (/^https?:/u.test(to)) continue
    const [path, anchor] = to.split('#')
    const target = path ? join(dirname(page), path) : page
    expect(existsSync(join(ROOT, target)), to).toBe(true)
    if (anchor) expect(headingsOf(target), to).toContain(anchor)
  }
})

/** As GitHub names them in links. */
function headingsOf(page: string): string[] {
  const headings = [...read(page).matchAll(/^#+ (.*)$/gmu)].map(([, heading]) => heading!)
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\- ]/gu, '')
      .replaceAll(' ', '-'),
  )
}
