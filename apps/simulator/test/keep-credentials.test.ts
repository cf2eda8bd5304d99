import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { keepCredentials } from '../src/stand-ins/keep-credentials.ts'

const options = { hosts: ['simulator'], tokenUrl: 'https://simulator:4444/token' }
let directory = ''

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ringer-credentials-'))
})
afterEach(() => rm(directory, { recursive: true }))

describe('the stand-ins’ credentials', () => {
  it('are written to the files that a worker reads, and no draft file is left behind', async () => {
    const { ca, apns, fcm } = await keepCredentials(directory, options)
    expect((await readdir(directory)).sort()).toEqual([
      'apns.p8',
      'ca.pem',
      'service-account.json',
      'stand-ins.json',
    ])
    expect(await readFile(join(directory, 'ca.pem'), 'utf8')).toBe(ca)
    expect(await readFile(join(directory, 'apns.p8'), 'utf8')).toBe(apns.privateKey)
    const account = JSON.parse(await readFile(join(directory, 'service-account.json'), 'utf8'))
    expect(account).toMatchObject({
      project_id: fcm.projectId,
      client_email: fcm.clientEmail,
      private_key: fcm.privateKey,
    })
  })

  it('are the same after a restart', async () => {
    const first = await keepCredentials(directory, options)
    expect(await keepCredentials(directory, options)).toEqual(first)
  })

  it.each([
    ['there is a new host name', { hosts: ['simulator', 'elsewhere'] }],
    ['they are more than a year old', { now: Date.now() + 366 * 24 * 3_600_000 }],
  ])('are created again if %s', async (_, change) => {
    const first = await keepCredentials(directory, options)
    expect((await keepCredentials(directory, { ...options, ...change })).ca).not.toBe(first.ca)
  })

  it('are created again if the file is damaged', async () => {
    await writeFile(join(directory, 'stand-ins.json'), '{"hosts":')
    await expect(keepCredentials(directory, options)).resolves.toHaveProperty('ca')
  })
})
