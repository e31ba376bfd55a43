/** What the Telegram adapter itself must say; it is handed in by `main.ts`. */
export const telegramWords = {
  en: {
    answerHint: 'Reply to this message.',
    current: 'Now (tap to copy):',
    hello: 'Hi! I draw what you describe. Write, for example:',
    example: 'a red fox in the snow',
    wordsOnly:
      "I can't start from a photo or another file yet. Send me the words as a separate message, and I'll draw them.",
    openPrivate: 'This is for you only: open a chat with me, press Start, and ask again there.',
    notTaken: "I can't show this here: this chat doesn't let me send pictures or files. Ask me in a private chat.",
    originalGone: 'This picture is no longer kept.',
    originalShown: 'I answered that just now: look further down.',
    noPictures: 'No pictures yet: make one',
    noneFound: 'No pictures with these words: make one',
  },
  zh: {
    answerHint: '请回复这条消息。',
    current: '当前内容（点按即可复制）：',
    hello: '大家好！你们描述，我来画。比如这样写：',
    example: '雪地里的一只红狐狸',
    wordsOnly: '我还不能以照片或别的文件为起点。请把文字单独发一条消息给我，我来画。',
    openPrivate: '这只给你一个人看：请打开和我的私聊，点“开始”，再在那里问我一次。',
    notTaken: '我没法在这里给你看：这个聊天不允许我发图片或文件。请在私聊里找我。',
    originalGone: '这张图片已经不再保存了。',
    originalShown: '刚刚已经回复过了，请往下看。',
    noPictures: '还没有图片：现在就画一张',
    noneFound: '没有含这些词的图片：现在就画一张',
  },
}
