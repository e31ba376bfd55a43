import { resolve } from 'node:path'
import type { View } from '../../src/chat.ts'
import type { ImagineOnce } from './argv.ts'
import { copyOut } from './copy-out.ts'
import { inked } from './ink.ts'
import type { Output } from './screen.ts'
import { type ShowDeps, showView, statusLine } from './show-view.ts'

interface PrintDeps extends ShowDeps {
  readonly output: Output
  readonly errors: Output
  /** Since the program was started. */
  readonly tookMs: () => number
}

/**
 * What `imagine` prints of a view: how far it is, then its pictures, each with its path; or each as one line of JSON. A
 * view that ends without a picture goes to standard error. `earlier`: an earlier process was asked for it.
 */
export async function printOnce(
  deps: PrintDeps,
  { json, out }: Pick<ImagineOnce, 'json' | 'out'>,
  view: View,
  earlier: boolean,
): Promise<void> {
  const { screen, output, errors, dataDir, tookMs } = deps
  if (view.working) {
    if (!json) screen.status(statusLine(view.text))
    return
  }
  const pictures = view.pictures ?? []
  if (pictures.length === 0) {
    screen.clear()
    errors.write(`${inked(view.text, false)}\n`)
    return
  }
  if (!json) await showView(deps, { ...view, buttons: [] }, { platform: 'terminal', ref: '' })
  for (const [index, { path, name, seed, widthPx, heightPx }] of pictures.entries()) {
    const from = resolve(dataDir, path)
    // What an earlier process left was not asked for with this `--out`.
    const copy = out && !earlier ? await copyOut(from, name, out, index, pictures.length) : undefined
    const line = { job: view.job, seed, widthPx, heightPx, path: copy ?? from, tookMs: tookMs(), earlier }
    if (json) output.write(`${JSON.stringify(line)}\n`)
    else if (copy) screen.print(`→ ${copy}`)
  }
}
