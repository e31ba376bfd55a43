import { parseArgs } from 'node:util'
import { fuzz } from './fuzz.ts'

/** `npm run fuzz`: the long run, with how it was answered. */
const { values } = parseArgs({
  options: { tries: { type: 'string', default: '100000' }, seed: { type: 'string', default: '1' } },
})
const { answers } = await fuzz(Number(values.tries), Number(values.seed))
console.table(answers)
console.log(`${values.tries} tries: one answer each, no fault, nobody else's data`)
