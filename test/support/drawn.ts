import { type House, PICTURE_MS, type Wish } from './house.ts'

/** A job whose pictures its chat shows. */
export async function drawn(house: House, wish: Wish = {}): Promise<number> {
  const job = await house.ask(wish)
  await house.clock.pass((wish.count ?? 1) * PICTURE_MS)
  await house.told(job.id)
  return job.id
}

/** Jobs that drew what this one did, pictures of so many bytes. Their files are not there. */
export function copies(house: House, of: number, count: number, bytes: number): number[] {
  const { store, clock } = house
  const { id: _, ...job } = house.job(of)
  const [picture] = store.pictures.ofJob(of)
  return store.transaction(() =>
    Array.from({ length: count }, (_, i) => {
      const { id } = store.jobs.add({ ...job, event: `copy ${i}` }, clock.now())
      store.jobs.end(id, { state: 'succeeded', computeMs: 0, recipe: `copy ${i}` }, clock.now())
      store.pictures.add({ ...picture!, job: id, path: `pictures/copy-${i}.png`, bytes })
      return id
    }),
  )
}

/** Those of the jobs that have a picture yet. */
export const kept = ({ store }: House, jobs: readonly number[]) =>
  jobs.filter((job) => store.pictures.ofJob(job).some(({ deletedAt }) => deletedAt === undefined))
