import { createHouse } from './house.ts'
import { createSpeaker } from './speaker.ts'

/** A house with an admin, Olga, and somebody else, Ann. */
export async function houseWithAdmin() {
  const house = await createHouse({ env: { ADMINS: 'scripted:olga' } })
  const speaker = createSpeaker(house)
  await speaker.say('quota', { from: 'ann' })
  return {
    house,
    ...speaker,
    orders: (command: string, text: string) => speaker.hears(command, { from: 'olga', text }),
  }
}
