import { readFile } from 'node:fs/promises'
import sharp from 'sharp'

type PreviewKind = 'kitty' | 'iterm' | 'blocks' | 'none'

type Env = Readonly<Record<string, string | undefined>>

const ESCAPE = '\u001b'
const BELL = '\u0007'
// The kitty protocol: at most 4096 bytes of base64 a piece.
const PIECE = 4096
const BLOCK_COLUMNS = 48

/** What this terminal can show, from what it tells of itself. */
export function previewKind(env: Env, live: boolean): PreviewKind {
  if (!live || env.NO_COLOR) return 'none'
  const program = env.TERM_PROGRAM ?? ''
  if (env.KITTY_WINDOW_ID || env.TERM === 'xterm-kitty' || /ghostty/iu.test(program)) return 'kitty'
  if (/iterm|wezterm|vscode/iu.test(program)) return 'iterm'
  return 'blocks'
}

/** A picture as a terminal shows it: in the terminal's own way, or as half blocks of two pixels each. */
export async function preview(path: string, kind: PreviewKind, columns: number, env: Env): Promise<string> {
  switch (kind) {
    case 'none':
      return ''
    case 'kitty':
      return kitty(await readFile(path))
    case 'iterm':
      return iterm(await readFile(path))
    case 'blocks':
      return blocks(path, Math.min(BLOCK_COLUMNS, columns), /truecolor|24bit/iu.test(env.COLORTERM ?? ''))
    default:
      return kind satisfies never
  }
}

function kitty(png: Buffer): string {
  const data = png.toString('base64')
  let text = ''
  for (let at = 0; at < data.length; at += PIECE) {
    const more = at + PIECE < data.length ? 1 : 0
    text += `${ESCAPE}_G${at === 0 ? 'a=T,f=100,' : ''}m=${more};${data.slice(at, at + PIECE)}${ESCAPE}\\`
  }
  return text
}

function iterm(png: Buffer): string {
  return `${ESCAPE}]1337;File=inline=1;size=${png.length}:${png.toString('base64')}${BELL}`
}

async function blocks(path: string, columns: number, trueColour: boolean): Promise<string> {
  const image = sharp(path)
  const { width, height } = await image.metadata()
  const rows = Math.max(2, Math.round((columns * height) / width / 2) * 2)
  const pixels = await image.resize(columns, rows, { fit: 'fill' }).removeAlpha().raw().toBuffer()
  const colour = (x: number, y: number, layer: 38 | 48): string => {
    const [red, green, blue] = pixels.subarray((y * columns + x) * 3) as unknown as [number, number, number]
    return trueColour ? `${layer};2;${red};${green};${blue}` : `${layer};5;${cube(red, green, blue)}`
  }
  const lines = Array.from({ length: rows / 2 }, (_, line) =>
    Array.from({ length: columns }, (_, x) => {
      return `${ESCAPE}[${colour(x, line * 2, 38)};${colour(x, line * 2 + 1, 48)}m▀`
    }).join(''),
  )
  return lines.map((line) => `${line}${ESCAPE}[0m`).join('\n')
}

/** The nearest of the 6×6×6 colours that terminals without 24 bits have. */
function cube(red: number, green: number, blue: number): number {
  const level = (value: number) => Math.round((value / 255) * 5)
  return 16 + 36 * level(red) + 6 * level(green) + level(blue)
}
