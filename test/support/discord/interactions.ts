import {
  type APIInteractionResponse,
  InteractionResponseType,
  InteractionType,
  MessageFlags,
} from 'discord-api-types/v10'
import { type Body, check, type MessageBody } from './body.ts'
import { add, createAnswer, edit, published, write } from './messages.ts'
import { refusals } from './refusal.ts'
import type { Interaction, Message, World } from './world.ts'

// Discord: 3 s for the first answer, 15 min for everything after it.
const FIRST_ANSWER_MS = 3_000
const TOKEN_LIFE_MS = 15 * 60_000

/** What is said by an interaction's token, which needs no other authorisation. */
export function createInteractions(world: World, base: () => string) {
  const interactionBy = (found: Interaction | undefined): Interaction => {
    if (!found) throw refusals.unknownWebhook()
    if (world.now() - found.madeAt > TOKEN_LIFE_MS) throw refusals.tokenExpired()
    if (found.state === 'waiting') throw refusals.unknownWebhook()
    return found
  }
  const byToken = (wanted: string) =>
    interactionBy([...world.interactions.values()].find((one) => one.token === wanted))

  const hookMessage = (interaction: Interaction, id: string): Message => {
    const found = id === '@original' ? interaction.original : world.messages.get(id)
    if (!found || !world.messages.has(found.id)) throw refusals.unknownMessage()
    return found
  }
  const callback = (id: string, given: string, { json, files }: Body): unknown => {
    const interaction = world.interactions.get(id)
    if (!interaction || interaction.token !== given) throw refusals.unknownInteraction()
    if (interaction.state === 'answered') throw refusals.alreadyAnswered()
    if (world.now() - interaction.madeAt > FIRST_ANSWER_MS) throw refusals.unknownInteraction()
    const response = json as APIInteractionResponse
    applyCallback(interaction, response, files)
    interaction.state = 'answered'
    interaction.answeredAt = world.now()
    const { original } = interaction
    const resource = original && { type: response.type, message: published(world, original) }
    return { interaction: { id, type: 2, response_message_id: original?.id }, ...(resource && { resource }) }
  }

  const applyCallback = (interaction: Interaction, response: APIInteractionResponse, files: Body['files']): void => {
    switch (response.type) {
      case InteractionResponseType.ChannelMessageWithSource: {
        check(world, 'message', response)
        const message = createAnswer(world, interaction, response.data.flags ?? 0)
        interaction.original = add(world, write(world, message, response.data as MessageBody, files, base()))
        return
      }
      case InteractionResponseType.DeferredChannelMessageWithSource:
        check(world, 'message', response)
        interaction.original = add(
          world,
          createAnswer(world, interaction, (response.data?.flags ?? 0) | MessageFlags.Loading),
        )
        return
      case InteractionResponseType.DeferredMessageUpdate:
      case InteractionResponseType.UpdateMessage:
        check(world, 'update', response)
        if (!interaction.pressed) throw refusals.invalidBody('only a press can change its message')
        if (!world.messages.has(interaction.pressed.id)) throw refusals.unknownMessage()
        interaction.original = interaction.pressed
        if (response.type === InteractionResponseType.UpdateMessage) {
          edit(world, interaction.pressed, (response.data ?? {}) as MessageBody, files, base())
        }
        return
      case InteractionResponseType.Modal:
        check(world, 'modal', response)
        if (interaction.payload.type === InteractionType.ModalSubmit)
          throw refusals.invalidBody('a form is no answer to a form')
        interaction.person.modal = { data: response.data, message: interaction.pressed }
        return
      case InteractionResponseType.ApplicationCommandAutocompleteResult:
        check(world, 'completion', response)
        interaction.payload.choices = response.data.choices
        return
      default:
        throw refusals.invalidBody(`type ${(response as APIInteractionResponse).type}`)
    }
  }

  const followUp = (given: string, { json, files }: Body): unknown => {
    const interaction = byToken(given)
    const body = check<MessageBody>(world, 'followUp', json)
    const { original } = interaction
    // The first one after a deferral is what was waited for, seen by whom the deferral was for.
    if (original && (original.flags & MessageFlags.Loading) !== 0 && world.messages.has(original.id)) {
      return published(world, write(world, original, body, files, base()))
    }
    const message = createAnswer(world, interaction, body.flags ?? 0)
    return published(world, add(world, write(world, message, body, files, base())))
  }

  return {
    callback,
    followUp,
    showMessage: (given: string, id: string): unknown => published(world, hookMessage(byToken(given), id)),
    editMessage(given: string, id: string, { json, files }: Body): unknown {
      const message = hookMessage(byToken(given), id)
      return published(world, edit(world, message, check(world, 'hookEdit', json), files, base()))
    },
    deleteMessage(given: string, id: string): void {
      world.messages.delete(hookMessage(byToken(given), id).id)
    },
  }
}
