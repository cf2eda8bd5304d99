/** The time, in seconds or milliseconds, and random hex digits: `superhero1_1630306819c3027ce530b2367f3c97b4106f0cb8`. */
const TAIL = /^\d{10}[0-9a-f]{6,}$/

/**
 * Whose an auth token says it is. It is a claim, and a hint at whom to ask about: uids may hold underscores, so it is
 * the last one that ends the uid. https://www.cometchat.com/docs/rest-api/auth-tokens/create
 */
export function ownerOfToken(authToken: string): string | undefined {
  const end = authToken.lastIndexOf('_')
  return end > 0 && TAIL.test(authToken.slice(end + 1)) ? authToken.slice(0, end) : undefined
}
