import type { z } from 'zod'

/** Words that people and examples use in place of a secret, in lower case. */
const OBVIOUS =
  /change|replace|insert|enter|please|your|this|here|default|example|sample|dummy|test|demo|admin|root|user|pass(word|wd|phrase)?|pwd|letmein|welcome|opensesame|secret|token|key|auth|bearer|jwt|hmac|credential|registration|webhook|ringer|cometchat|value|string|todo|foobar|openssl|rand|base64|hex|qwerty(uiop)?|asdfgh(jkl)?|zxcvbn(m)?|at.?least|characters|letters|digits|only|and|the|me|my|an?|0?1234?5?6?7?8?9?0?|abcd?e?f?/g

/** How many letters and digits must be left when the obvious words are taken away. */
const LEAST_LEFT = 6

/** Random text of 12 characters or more has as many different ones, apart from one in millions. */
const LEAST_DIFFERENT = 6

/**
 * Creates a zod refinement that refuses a secret that can be guessed. The fault names the command that makes a good one and does
 * not repeat the value.
 *
 * @param minimum the least number of characters
 * @param command prints a good secret
 */
export const refuseGuessable =
  (minimum: number, command: string) =>
  (value: string, context: z.RefinementCtx<string>): void => {
    const fault = faultOf(value, minimum)
    if (fault) context.addIssue(`${fault}; make one with: ${command}`)
  }

function faultOf(value: string, minimum: number): string | undefined {
  if (value.length < minimum) return `must have at least ${minimum} characters`
  if (new Set(value).size < LEAST_DIFFERENT || /^(.+)\1+$/.test(value))
    return 'can be guessed, because it repeats the same characters'
  if (isSequence(value)) return 'can be guessed, because its characters follow each other'
  const left = value
    .toLowerCase()
    .replace(OBVIOUS, '')
    .replace(/[^a-z0-9]/g, '')
  return left.length < LEAST_LEFT ? 'can be guessed, because it consists of obvious words' : undefined
}

/** Whether most characters are one more or one less than the one before, as in 1234567890 and abcdefghij. */
function isSequence(value: string): boolean {
  const steps = Array.from(
    value.slice(1),
    (_, index) => value.charCodeAt(index + 1) - value.charCodeAt(index),
  )
  return steps.filter(step => Math.abs(step) === 1).length > steps.length / 2
}
