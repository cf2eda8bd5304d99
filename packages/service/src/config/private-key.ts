import { createPrivateKey } from 'node:crypto'

/** A key that was squeezed into one line of an env file has its line breaks as \n. */
export const withNewlines = (pem: string) => pem.replaceAll('\\n', '\n')

/** What kind of private key this is the PEM of, if it is one's, whole. */
export function kindOfKey(pem: string): string | undefined {
  try {
    return createPrivateKey(withNewlines(pem)).asymmetricKeyType
  } catch {
    return undefined
  }
}

/** Whether this is the PEM of a private key, whole and of the kind that the provider hands out. */
export const isPrivateKey = (pem: string, kind: 'ec' | 'rsa') => kindOfKey(pem) === kind
