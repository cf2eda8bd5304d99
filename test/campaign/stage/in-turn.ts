/** Lets what is done to one thing be done one after the other, and things apart from each other at once. */
export function createInTurn<Key>() {
  const last = new Map<Key, Promise<void>>()
  return (key: Key, work: () => Promise<void>): Promise<void> => {
    const done = (last.get(key) ?? Promise.resolve()).then(work)
    last.set(key, done)
    return done
  }
}
