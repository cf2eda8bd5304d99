import { createPrivateKey } from 'node:crypto'

/** Restores the line breaks of a key that was written into one line of an env file, with \n for each line break. */
export const withNewlines = (pem: string) => pem.replaceAll('\\n', '\n')

/** Returns the type of a private key in PEM, such as `ec` or `rsa`, or undefined if it is not a complete private key. */
export function keyTypeOf(pem: string): string | undefined {
  try {
    return createPrivateKey(withNewlines(pem)).asymmetricKeyType
  } catch {
    return undefined
  }
}

/** Whether this is a complete private key in PEM, of the type that the provider issues. */
export const isPrivateKey = (pem: string, type: 'ec' | 'rsa') => keyTypeOf(pem) === type
