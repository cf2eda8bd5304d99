import { describe, expect, it } from 'vitest'
import { ConfigError, loadConfig } from '../src/config/load-config.ts'
import { eventsGroup } from '../src/config/processes/events-group.ts'

const secret = 'q4Zt8vV0sW3nYxKJr1LmP9dEoHc7BgTuA5fRi2NwSjM='
const other = 'whsec_Yk8RzT5uVb2QpNw7XeJd0LsGmH3fCa9oIi6KtUy1ErA='

const load = (env: Record<string, string>) => loadConfig(env, { events: eventsGroup }, { fields: {} }).events

function faultsOf(env: Record<string, string>): string[] {
  try {
    load(env)
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.faults
    throw error
  }
}

const url = 'https://backend.example.com/ringer?app=1'

describe('the settings of events', () => {
  it('turn events off if none is set', () => {
    expect(load({})).toBeUndefined()
  })

  it('become the URL and one secret, or two while the secret is being changed', () => {
    expect(load({ RINGER_EVENTS_URL: url, RINGER_EVENTS_SECRET: secret })).toEqual({
      ...{ url, secrets: [secret], allowInside: false },
    })
    const changing = load({ RINGER_EVENTS_URL: url, RINGER_EVENTS_SECRET: `${other}, ${secret}` })
    expect(changing?.secrets).toEqual([other, secret])
  })

  it.each([
    ['http://10.0.0.7:8080/events'],
    ['http://backend:8080/events'],
    ['https://127.0.0.1/events'],
    ['http://[::1]:8080/events'],
  ])('take the inside address %s only if that is allowed', inside => {
    const env = { RINGER_EVENTS_URL: inside, RINGER_EVENTS_SECRET: secret }
    expect(faultsOf(env)).toEqual([expect.stringContaining('RINGER_EVENTS_ALLOW_INSIDE=true')])
    expect(faultsOf({ ...env, RINGER_EVENTS_ALLOW_INSIDE: 'true' })).toEqual([])
  })

  it.each([
    [{ RINGER_EVENTS_URL: url }, 'RINGER_EVENTS_SECRET: is required'],
    [{ RINGER_EVENTS_SECRET: secret }, 'RINGER_EVENTS_SECRET: has no effect'],
    [{ RINGER_EVENTS_ALLOW_INSIDE: 'true' }, 'RINGER_EVENTS_ALLOW_INSIDE: has no effect'],
    [{ RINGER_EVENTS_URL: 'backend.example.com', RINGER_EVENTS_SECRET: secret }, 'must be a URL'],
    [{ RINGER_EVENTS_URL: 'ftp://example.com', RINGER_EVENTS_SECRET: secret }, 'must be a URL'],
    [{ RINGER_EVENTS_URL: 'https://u:p@example.com', RINGER_EVENTS_SECRET: secret }, 'a user name'],
    [{ RINGER_EVENTS_URL: url, RINGER_EVENTS_SECRET: 'c2hvcnQ=' }, 'openssl rand -base64 32'],
    [
      { RINGER_EVENTS_URL: url, RINGER_EVENTS_SECRET: 'no base64 at all, but it is long enough!' },
      'in base64',
    ],
    [{ RINGER_EVENTS_URL: url, RINGER_EVENTS_SECRET: 'A'.repeat(44) }, 'can be guessed'],
    [{ RINGER_EVENTS_URL: url, RINGER_EVENTS_SECRET: `${secret},${other},${secret}` }, 'in base64'],
  ] as [Record<string, string>, string][])('refuse %j and name the fix', (env, fault) => {
    const faults = faultsOf(env).join('\n')
    expect(faults).toContain(fault)
    for (const value of [env.RINGER_EVENTS_SECRET ?? '?', 'u:p@']) expect(faults).not.toContain(value)
  })
})
