/**
 * What a check of the set-up found, for the person who runs `ringer doctor`. Contains no secret, no device token and no text
 * that a stranger could choose.
 */
export interface Finding {
  /** `warn`: rings work, but somebody should look. `skipped`: it could not be checked, or there is nothing to check. */
  state: 'ok' | 'warn' | 'fail' | 'skipped'
  /** One plain sentence: what is so. */
  sentence: string
  /** What to do about it. Absent only if there is nothing to do. */
  fix?: string
}

export const ok = (sentence: string): Finding => ({ state: 'ok', sentence })
export const warn = (sentence: string, fix: string): Finding => ({ state: 'warn', sentence, fix })
export const fail = (sentence: string, fix: string): Finding => ({ state: 'fail', sentence, fix })
export const skipped = (sentence: string, fix?: string): Finding => ({
  state: 'skipped',
  sentence,
  ...(fix !== undefined && { fix }),
})

/** One check of the set-up. */
export interface SetupCheck {
  /** For people and scripts, such as `key in production`. */
  name: string
  /** Never rejects because of what it checks. Should end when the signal says that its time is over. */
  run(signal: AbortSignal): Promise<Finding>
}
