/**
 * Recomputes reference cases and prints how far the results are apart: one JSON line a case. Exit status 0 only if all
 * hold. People use it to check their own installation; test/reference/README.md describes the files.
 */
import { parseArgs } from 'node:util'
import { readJsonFile } from './checkpoint/json-file.ts'
import { openPromptEncoder } from './prompt.ts'
import { loadStages } from './stages.ts'
import { type CaseReport, verifyCase } from './verify-case.ts'

const USAGE = `usage: npm run -s verify -- [--device cpu|webgpu|cuda] CHECKPOINT_DIR CASE.json…
       npm run -s verify -- --tokenizer TOKENIZER_DIR CASES.json`

async function main(): Promise<boolean> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { device: { type: 'string', default: 'cpu' }, tokenizer: { type: 'string' } },
  })
  if (values.tokenizer !== undefined && positionals.length === 1)
    return verifyTokenizer(values.tokenizer, positionals[0] as string)
  const [folder, ...cases] = positionals
  const { device } = values
  if (folder === undefined || cases.length === 0 || values.tokenizer !== undefined) throw new Error(USAGE)
  if (device !== 'cpu' && device !== 'webgpu' && device !== 'cuda')
    throw new Error(`--device: expected cpu, webgpu or cuda, got ${device}`)
  const stages = await loadStages(folder, { device })
  try {
    let ok = true
    for (const path of cases) {
      const report = await verifyCase(stages, device, path).catch(
        (error): CaseReport => ({ case: path, ok: false, error: error.message }),
      )
      console.log(JSON.stringify(report))
      ok &&= report.ok
    }
    return ok
  } finally {
    await stages.release()
  }
}

/** Token ids of many prompts: no model needed. Prints a line for each that differs and one of counts. */
async function verifyTokenizer(folder: string, path: string): Promise<boolean> {
  const prompts = await openPromptEncoder(folder)
  const cases = (await readJsonFile(path)) as { prompt: string; text: string; input_ids: number[] }[]
  const wrong = cases.filter(
    ({ prompt, text, input_ids }) =>
      prompts.render(prompt) !== text || String(prompts.encode(prompt)) !== String(input_ids),
  )
  for (const { prompt } of wrong) console.log(JSON.stringify({ prompt, ids: false }))
  // Nothing checked is not ok.
  const ok = cases.length > 0 && wrong.length === 0
  console.log(JSON.stringify({ cases: cases.length, wrong: wrong.length, ok }))
  return ok
}

try {
  process.exitCode = (await main()) ? 0 : 1
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
