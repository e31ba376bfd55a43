/** What the terminal adapter itself must say; it is handed in by `main.ts`. */
export const terminalWords = {
  en: {
    welcome:
      'Type what you would like to see, a command such as /help, or the number of a choice. Ctrl-C leaves.\nFor Discord or Telegram, put a token into .env: see docs/discord.md, docs/telegram.md.',
    prompt: '› ',
    field: (label: string, value: string) => (value ? `${label} (Enter keeps it): ${value}` : label),
    formLeft: 'Never mind, then.',
    noSuchChoice: "That's not one of the choices.",
    savedFile: 'Saved as',
    leave: 'Bye.',
  },
  zh: {
    welcome:
      '输入你想看的画面、命令（例如 /help）或选项的数字。按 Ctrl-C 离开。\n要接入 Discord 或 Telegram，请在 .env 里填写令牌：见 docs/discord.md、docs/telegram.md。',
    prompt: '› ',
    field: (label: string, value: string) => (value ? `${label}（回车保留原文）：${value}` : label),
    formLeft: '好的，那就算了。',
    noSuchChoice: '没有这个选项。',
    savedFile: '已存为',
    leave: '再见。',
  },
}
