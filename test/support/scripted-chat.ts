import { type Address, type Chat, ChatError, type ChatErrorCode, type MessageRef, type View } from '../../src/chat.ts'

export interface Message {
  readonly id: number
  readonly address: Address
  readonly key: string | undefined
  view: View
  /** Every view it showed, the first included. */
  readonly shown: View[]
}

type Trouble = ChatErrorCode | { readonly code: ChatErrorCode; readonly retryAfterMs: number }

/** A platform in memory that does what it is told: shows messages, is slow, refuses, forgets. */
export class ScriptedChat implements Chat {
  readonly platform = 'scripted'
  readonly messages = new Map<number, Message>()
  /** Calls in the order they came, those that failed too. */
  readonly calls: { readonly call: 'post' | 'update'; readonly view: View }[] = []
  pace = 0
  #troubles: { readonly call: 'post' | 'update'; readonly trouble: Trouble }[] = []
  #gate: Promise<void> | undefined
  #watchers = new Set<() => void>()

  paceMs(): number {
    return this.pace
  }

  /** The next such call fails so. */
  trouble(call: 'post' | 'update', trouble: Trouble): void {
    this.#troubles.push({ call, trouble })
  }

  /** Calls wait from now on, until the function it returns is called. */
  hold(): () => void {
    let open = () => {}
    this.#gate = new Promise((resolve) => {
      open = resolve
    })
    return () => {
      this.#gate = undefined
      open()
    }
  }

  async post(address: Address, view: View, key?: string): Promise<MessageRef> {
    await this.#call('post', view)
    const id = this.messages.size + 1
    this.messages.set(id, { id, address, key, view, shown: [view] })
    this.#changed()
    return { platform: this.platform, ref: id }
  }

  async update(ref: MessageRef, view: View): Promise<void> {
    await this.#call('update', view)
    const message = this.messages.get(ref.ref as number)
    if (!message) throw new ChatError('gone', 'no such message')
    message.view = view
    message.shown.push(view)
    this.#changed()
  }

  /** Resolves once this holds. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      await new Promise<void>((resolve) => {
        const watcher = () => {
          this.#watchers.delete(watcher)
          resolve()
        }
        this.#watchers.add(watcher)
      })
    }
  }

  async #call(call: 'post' | 'update', view: View): Promise<void> {
    this.calls.push({ call, view })
    this.#changed()
    await this.#gate
    const index = this.#troubles.findIndex((next) => next.call === call)
    if (index === -1) return
    const trouble = this.#troubles.splice(index, 1)[0]!.trouble
    const { code, ...options } = typeof trouble === 'string' ? { code: trouble } : trouble
    throw new ChatError(code, `scripted: ${code}`, options)
  }

  #changed(): void {
    for (const watcher of [...this.#watchers]) watcher()
  }
}
