import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { expect, it } from 'vitest'
import { preview, previewKind } from '../../adapters/terminal/preview.ts'
import { temporaryFolder } from '../support/folder.ts'

const picture = async (isClear = false) => {
  const path = join(temporaryFolder(), 'picture.png')
  const rows = Buffer.from([255, 0, 0, 255, 0, 0, 0, 0, 255, 0, 0, 255])
  const image = sharp(rows, { raw: { width: 2, height: 2, channels: 3 } })
  await (isClear ? image.ensureAlpha() : image).png().toFile(path)
  return path
}

it.each([
  [{ KITTY_WINDOW_ID: '1' }, true, 'kitty'],
  [{ TERM_PROGRAM: 'ghostty' }, true, 'kitty'],
  [{ TERM_PROGRAM: 'iTerm.app' }, true, 'iterm'],
  [{ TERM_PROGRAM: 'WezTerm' }, true, 'iterm'],
  [{ TERM: 'xterm-256color' }, true, 'blocks'],
  [{ KITTY_WINDOW_ID: '1', NO_COLOR: '1' }, true, 'none'],
  [{ KITTY_WINDOW_ID: '1' }, false, 'none'],
] as const)('a terminal with %j (live: %s) shows pictures as %s', (env, live, kind) => {
  expect(previewKind(env, live)).toBe(kind)
})

it('a picture is shown as half blocks of two pixels each, in all colours or in 216', async () => {
  const path = await picture()
  const full = await preview(path, 'blocks', 4, { COLORTERM: 'truecolor' })
  expect(full.split('\n')).toHaveLength(2)
  expect(full).toMatch(/^\u001b\[38;2;2\d\d;\d+;\d+;48;2;\d+;\d+;\d+m▀/u)
  expect(await preview(path, 'blocks', 4, {})).toMatch(/^\u001b\[38;5;196;48;5;\d+m▀/u)
})

it('a picture is shown whole where the terminal can', async () => {
  const path = await picture()
  expect(await preview(path, 'kitty', 80, {})).toMatch(/^\u001b_Ga=T,f=100,m=0;iVBOR[\w+/=]+\u001b\\$/u)
  expect(await preview(path, 'iterm', 80, {})).toMatch(/^\u001b\]1337;File=inline=1;size=\d+:iVBOR/u)
})

it('a chart, which has a clear ground, is shown as it is', async () => {
  expect(await preview(await picture(true), 'blocks', 4, {})).toBe(await preview(await picture(), 'blocks', 4, {}))
})

it.each([4096, 4100, 8192])(
  'a terminal is told which piece of %i letters of a picture is the last one',
  async (letters) => {
    const path = join(temporaryFolder(), 'picture.png')
    writeFileSync(path, Buffer.alloc((letters / 4) * 3))
    const pieces = (await preview(path, 'kitty', 80, {})).split('\u001b\\').slice(0, -1)
    expect(pieces.map((piece) => /m=(\d);/u.exec(piece)![1])).toEqual([...pieces.slice(1).map(() => '1'), '0'])
  },
)
