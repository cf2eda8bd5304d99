/** Runs work one after the other for each key. Work for different keys runs at the same time. */
export function createKeyedQueue<Key>() {
  const last = new Map<Key, Promise<void>>()
  return (key: Key, work: () => Promise<void>): Promise<void> => {
    const done = (last.get(key) ?? Promise.resolve()).then(work)
    last.set(key, done)
    return done
  }
}
