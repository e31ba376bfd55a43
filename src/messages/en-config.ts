import { many } from './en-phrases.ts'

interface Variable {
  readonly variable: string
}

/** What is said of the configuration: all that is wrong with it, a line a variable. */
export const enConfig = {
  title: (count: number) => `The configuration has ${many(count, 'problem')}:`,

  problems: {
    whole: ({ variable }: Variable) => `${variable}: expected a whole number`,
    'at-least': ({ variable, min }: Variable & { readonly min: number }) => `${variable}: expected at least ${min}`,
    'at-most': ({ variable, max }: Variable & { readonly max: number }) => `${variable}: expected at most ${max}`,
    'one-of': ({ variable, choices }: Variable & { readonly choices: readonly string[] }) =>
      `${variable}: expected ${choices.slice(0, -1).join(', ')} or ${choices.at(-1)}`,
    decimals: ({ variable }: Variable) => `${variable}: expected a number with at most three decimals`,
    path: ({ variable }: Variable) => `${variable}: expected a path without ~, which only shells understand`,
    url: ({ variable }: Variable) => `${variable}: expected a URL starting with http:// or https://`,
    'no-password': ({ variable }: Variable) => `${variable}: expected no user and password in the URL`,
    device: ({ variable }: Variable) => `${variable}: expected auto, cpu, webgpu, cuda or cuda:N`,
    devices: ({ variable }: Variable) => `${variable}: expected at least one device`,
    token: ({ variable }: Variable) =>
      `${variable}: expected letters, digits and plain symbols without spaces; copy it once more`,
    admins: ({ variable }: Variable) =>
      `${variable}: expected discord: or telegram: and the account's id in digits, such as discord:123456789012345678`,
    servers: ({ variable }: Variable) => `${variable}: expected ids of 17 to 20 digits`,
    secret: ({ variable }: Variable) => `${variable}: expected 16 to 256 letters, digits, _ and -`,
    'needed-with': ({ variable, other }: Variable & { readonly other: string }) =>
      `${variable}: required with ${other}`,
    'other-than': ({ variable, other, port }: Variable & { readonly other: string; readonly port: number }) =>
      `${variable}: expected a port different from ${other}'s, got ${port} for both`,
    zone: ({ variable }: Variable) => `${variable}: expected a time zone such as Europe/Berlin`,
    'no-equals': ({ variable }: Variable) =>
      `${variable}: expected an equals sign after it in .env, and its value after that`,
    unreadable: ({ variable, reason }: Variable & { readonly reason: string }) => `${variable}: ${reason}`,
  },
}
