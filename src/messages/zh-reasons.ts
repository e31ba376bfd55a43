// 系统的报错。原文跟在后面。
const MEANINGS: Readonly<Record<string, string>> = {
  EACCES: '没有权限',
  EPERM: '没有权限',
  ENOENT: '找不到',
  ENOTDIR: '路径中有一段不是文件夹',
  EISDIR: '这是文件夹，不是文件',
  EEXIST: '同名的文件已经存在',
  ENOSPC: '磁盘已满',
  EDQUOT: '磁盘配额已满',
  EROFS: '磁盘是只读的',
  EIO: '磁盘读写出错',
  EMFILE: '打开的文件太多',
  EADDRINUSE: '端口已被占用',
}

/** 系统报错的意思；别的报错保留原文。 */
export function zhReason(reason: string): string {
  const code = /\b(E[A-Z]{2,})\b/u.exec(reason)?.[1] ?? ''
  const meaning = Object.hasOwn(MEANINGS, code) ? MEANINGS[code] : undefined
  return meaning ? `${meaning}（${reason}）` : reason
}
