/** Closes what was started, or what could be started of it before one failed. */
export async function closeAll(servers: Iterable<{ close(): Promise<void> }>): Promise<void> {
  await Promise.all(Array.from(servers, server => server.close()))
}
