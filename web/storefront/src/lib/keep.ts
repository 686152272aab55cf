/** Small things kept by the browser. Without storage (private windows, full disks) they last as long as the page. */
const memory = new Map<string, string>()

function box(name: 'session' | 'local'): Storage | null {
  try {
    return name === 'session' ? sessionStorage : localStorage
  } catch {
    return null
  }
}

function read<T>(name: 'session' | 'local', key: string): T | null {
  try {
    const text = box(name)?.getItem(key) ?? memory.get(key)
    return text ? (JSON.parse(text) as T) : null
  } catch {
    return null
  }
}

function write(name: 'session' | 'local', key: string, value: unknown): void {
  const text = value === null ? null : JSON.stringify(value)
  if (text === null) memory.delete(key)
  else memory.set(key, text)
  try {
    if (text === null) box(name)?.removeItem(key)
    else box(name)?.setItem(key, text)
  } catch {
    // It is in memory.
  }
}

/** For this tab, over reloads. */
export const tabKeep = {
  get: <T>(key: string) => read<T>('session', key),
  set: (key: string, value: unknown) => write('session', key, value),
}

/** For this browser. */
export const browserKeep = {
  get: <T>(key: string) => read<T>('local', key),
  set: (key: string, value: unknown) => write('local', key, value),
}
