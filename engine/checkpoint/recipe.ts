import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { EngineError } from '../engine.ts'
import { type FoundModel, PACKED_TYPES } from './found.ts'
import { readJsonAs, readJsonFile } from './json-file.ts'
import { fileSchema } from './source.ts'
import { BLOCK_SIZE, PRECISIONS, type Precision } from './treatment.ts'

export const RECIPE_FILE = 'recipe.json'
// 1 had whole rows of unsigned numbers.
const RECIPE_FORMAT = 2

/** How a prepared model was made: written beside it, and held against it when it is loaded. */
const recipeSchema = z.strictObject({
  format: z.literal(RECIPE_FORMAT, `expected a recipe of format ${RECIPE_FORMAT}: prepare the model anew`),
  precision: z.enum(PRECISIONS),
  /** Numbers that share a scale, where it is not a whole row that does. */
  blockSize: z.int().positive(),
  /** Matrices of 4 and of 8 bits. */
  packed: z.object({ int4: z.int().nonnegative(), int8: z.int().nonnegative() }),
  source: z.object({
    name: z.string(),
    /** Which files, of which size and age: a run that was interrupted goes on only from the same. */
    files: z.array(z.object({ file: z.string(), bytes: z.int().nonnegative(), modified: z.iso.datetime() })),
  }),
  /** The weights that came of it, once they are whole: what a check holds them against. */
  written: z.array(fileSchema).optional(),
})
export type Recipe = z.infer<typeof recipeSchema>

/** What a folder's recipe says; undefined: it has none, or one that is not ours. */
export async function recipeIn(folder: string): Promise<Recipe | undefined> {
  return recipeSchema.safeParse(await readJsonFile(join(folder, RECIPE_FILE)).catch(() => undefined)).data
}

/** The recipe of a prepared model, held against its tensors. Throws an `EngineError`. */
export async function readRecipe(
  folder: string,
  { textEncoder, transformer }: FoundModel['parts'],
): Promise<Recipe | undefined> {
  const path = join(folder, RECIPE_FILE)
  if (!existsSync(path)) return undefined
  const recipe = await readJsonAs(recipeSchema, path)
  const { blockSize, packed } = recipe
  const matrices = [textEncoder, transformer]
    .flatMap(({ tensors }) => [...tensors.values()])
    .filter(({ dtype }) => PACKED_TYPES.includes(dtype))
  const countOf = (bits: 4 | 8) =>
    matrices.filter(({ dtype, shape: [, , blockBytes = 0] }) =>
      dtype === 'I8' ? bits === 8 : blockBytes * 8 === blockSize * bits,
    ).length
  const got = { int4: countOf(4), int8: countOf(8) }
  if (got.int4 !== packed.int4 || got.int8 !== packed.int8)
    throw new EngineError(
      'checkpoint-corrupt',
      `${path}: expected ${packed.int4} matrices of 4 and ${packed.int8} of 8 bits in blocks of ${blockSize} or whole rows, got ${got.int4} and ${got.int8} of ${matrices.length}`,
    )
  return recipe
}

export function writeRecipe(folder: string, recipe: Recipe): Promise<void> {
  return writeFile(join(folder, RECIPE_FILE), `${JSON.stringify(recipe, null, 2)}\n`, { flush: true })
}

/** A recipe as it is before any weights are written. */
export function newRecipe(precision: Precision, source: Recipe['source'], packed: Recipe['packed']): Recipe {
  return { format: RECIPE_FORMAT, precision, blockSize: BLOCK_SIZE, packed, source }
}
