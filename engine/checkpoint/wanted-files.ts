import type { HubFile } from './hub.ts'
import { RECIPE_FILE } from './recipe.ts'

/** The folders of a Z-Image in the released layout, the most telling one first, and what its readers open in each. */
const FOLDERS = {
  transformer: { needs: ['config.json'], other: /\.json$/u, stem: 'diffusion_pytorch_model' },
  scheduler: { needs: ['scheduler_config.json'], other: /\.json$/u, stem: undefined },
  tokenizer: { needs: ['tokenizer.json', 'tokenizer_config.json'], other: /\.(json|txt|jinja)$/u, stem: undefined },
  text_encoder: { needs: ['config.json'], other: /\.json$/u, stem: 'model' },
  vae: { needs: ['config.json'], other: /\.json$/u, stem: 'diffusion_pytorch_model' },
} as const
type Folder = keyof typeof FOLDERS

const ROOT_FILES = ['model_index.json', 'profile.json', RECIPE_FILE]
const FOLDER_FILE = /^([a-z_]+)\/(\w[\w.-]*)$/u
const WEIGHTS = '.safetensors'
const INDEX = `${WEIGHTS}.index.json`

/** What a repository has of a Z-Image. */
export interface Offered {
  /** Configuration, tokenizer, and the indexes of the weights. */
  readonly small: readonly HubFile[]
  /** All safetensors files of the folders: more than one of the same weights, often. */
  readonly weights: readonly HubFile[]
}

/**
 * What a repository has of a Z-Image, of all that its listing names. Only a name in one of the folders is taken, letter by
 * letter: no path can lead out of the folder it is put below.
 */
export function offeredFiles(files: readonly HubFile[]): Offered {
  const small = files.filter(({ path }) => {
    if (ROOT_FILES.includes(path)) return true
    const found = split(path)
    if (!found) return false
    const { stem, other } = FOLDERS[found.folder]
    return found.name.endsWith('.index.json') ? found.name === `${stem}${INDEX}` : other.test(found.name)
  })
  return { small, weights: files.filter(({ path }) => split(path) && path.endsWith(WEIGHTS)) }
}

/** The first thing without which it is no Z-Image in the released layout; undefined: nothing is missing. */
export function missingFile({ small, weights }: Offered): string | undefined {
  const paths = new Set(small.map(({ path }) => path))
  for (const [folder, { needs, stem }] of Object.entries(FOLDERS)) {
    const missing = needs.find((name) => !paths.has(`${folder}/${name}`))
    if (missing) return `${folder}/${missing}`
    if (stem && !weights.some(({ path }) => path.startsWith(`${folder}/`))) return `${folder}/*${WEIGHTS}`
  }
  return undefined
}

/**
 * Of several files with the same weights those that the reader opens: the shards that the index names, else the one with
 * the usual name, else whatever there is. `shardsOf` reads a fetched index. Gives the path of a shard that is not offered.
 */
export async function wantedWeights(
  { small, weights }: Offered,
  shardsOf: (index: HubFile) => Promise<readonly string[]>,
): Promise<readonly HubFile[] | string> {
  const wanted: HubFile[] = []
  for (const [folder, { stem }] of Object.entries(FOLDERS)) {
    if (!stem) continue
    const here = weights.filter(({ path }) => path.startsWith(`${folder}/`))
    const index = small.find(({ path }) => path === `${folder}/${stem}${INDEX}`)
    if (!index) {
      const usual = here.filter(({ path }) => path === `${folder}/${stem}${WEIGHTS}`)
      wanted.push(...(usual.length > 0 ? usual : here))
      continue
    }
    for (const shard of new Set(await shardsOf(index))) {
      const file = here.find(({ path }) => path === `${folder}/${shard}`)
      if (!file) return `${folder}/${shard}`
      wanted.push(file)
    }
  }
  return wanted
}

function split(path: string): { folder: Folder; name: string } | undefined {
  const [, folder, name] = FOLDER_FILE.exec(path) ?? []
  return folder && name && Object.hasOwn(FOLDERS, folder) ? { folder: folder as Folder, name } : undefined
}
