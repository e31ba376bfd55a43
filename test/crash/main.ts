import { parseArgs } from 'node:util'
import { crash } from './run.ts'

/** `npm run crash`: the long run, with its counts. */
const { values } = parseArgs({
  options: { kills: { type: 'string', default: '200' }, seed: { type: 'string', default: '1' } },
})
const report = await crash({ kills: Number(values.kills), seed: Number(values.seed), say: console.log })
const { problems, ...counts } = report
console.table(counts)
for (const problem of problems) console.error(problem)
console.log(
  problems.length === 0
    ? 'nothing lost, nothing charged twice, nothing posted twice unknown'
    : `${problems.length} problems`,
)
process.exitCode = problems.length === 0 ? 0 : 1
