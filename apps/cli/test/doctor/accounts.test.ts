import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createStandInCredentials, startFakeApns } from '@ringer/fakes'
import { describe, expect, onTestFinished } from 'vitest'
import {
  hasOpenssl,
  startRefusingApple,
} from '../../../../packages/providers/test/apns/start-refusing-apple.ts'
import { expectFault, itOnSharedStage as it, resultOf, type Stage } from './stage.ts'

const DAY_MS = 86_400_000

const newKey = () =>
  generateKeyPairSync('ec', { namedCurve: 'P-256' })
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString()

/** The settings of a certificate in place of the key. */
async function certificateSettings(stage: Stage, expiresAt: number) {
  const { apns } = await createStandInCredentials({ certificateExpiresAt: expiresAt })
  const { cert, key } = apns.certificate
  return {
    ...{ APNS_KEY_PATH: undefined, APNS_KEY_ID: undefined, APNS_TEAM_ID: undefined },
    APNS_CERT_PATH: stage.write('voip.pem', `${cert}\n${key}`),
  }
}

describe('the account at Apple', () => {
  it.for<[string, Record<string, string>]>([
    ['a wrong key id', { APNS_KEY_ID: 'OTHERKEYID' }],
    ['a wrong team', { APNS_TEAM_ID: 'OTHERTEAM1' }],
    ['another key', { APNS_KEY: newKey() }],
  ])('%s is named', async ([, changes], { stage }) => {
    const noPath = changes.APNS_KEY ? { APNS_KEY_PATH: undefined } : {}
    const diagnosis = await stage.examine({ ...changes, ...noPath })
    for (const name of ['APNs: production', 'APNs: sandbox'])
      expectFault(diagnosis, name, {
        sentence: /does not know this key/,
        fix: /APNS_KEY_ID.*APNS_TEAM_ID/,
      })
  })

  it('a wrong bundle id is named', async ({ stage }) => {
    expectFault(await stage.examine({ APNS_BUNDLE_ID: 'com.example.other' }), 'APNs: production', {
      sentence: /push to the topic com\.example\.other\.voip/,
      fix: /APNS_BUNDLE_ID/,
    })
  })

  it('a key for the sandbox only is a failure in production, where tokens are sent by default', async ({
    stage,
  }) => {
    const { credentials } = stage.world
    const start = async (environment: 'production' | 'sandbox') => {
      const apns = await startFakeApns({ credentials, environment, keyEnvironment: 'sandbox' })
      onTestFinished(() => apns.close())
      return apns.url
    }
    const urls = { APNS_PRODUCTION_URL: await start('production'), APNS_SANDBOX_URL: await start('sandbox') }
    const diagnosis = await stage.examine(urls)
    expectFault(diagnosis, 'APNs: production', {
      sentence: /does not accept this key in production/,
      fix: /create a key for this environment.*APNS_KEY is for production/,
    })
    expect(resultOf(diagnosis, 'APNs: sandbox').state).toBe('ok')

    const inSandbox = await stage.examine({ ...urls, APNS_ENVIRONMENT: 'sandbox' })
    expectFault(inSandbox, 'APNs: production', {
      state: 'warn',
      sentence: /phones that are registered as production do not ring/,
      fix: /nothing, if you have no such phones/,
    })
  })

  it("each environment is asked with its own key, and the sandbox's settings are named", async ({
    stage,
  }) => {
    const { keyId, privateKey } = stage.world.credentials.apns.sandboxKey
    const own = { APNS_SANDBOX_KEY: privateKey, APNS_SANDBOX_KEY_ID: keyId }
    const diagnosis = await stage.examine(own)
    for (const name of ['APNs: production', 'APNs: sandbox'])
      expect(resultOf(diagnosis, name).state).toBe('ok')
    const wrong = await stage.examine({ ...own, APNS_SANDBOX_KEY_ID: 'OTHERKEYID' })
    expect(resultOf(wrong, 'APNs: production').state).toBe('ok')
    expectFault(wrong, 'APNs: sandbox', { sentence: /does not know this key/, fix: /APNS_SANDBOX_KEY_ID/ })
  })

  it.for<[string, number, 'warn' | 'fail', RegExp]>([
    ['TopicDisallowed', 400, 'fail', /push to the topic/],
    ['DeviceTokenNotForTopic', 400, 'fail', /push to the topic/],
    ['UnrelatedKeyIdInToken', 403, 'fail', /key id belongs to another key/],
    ['Forbidden', 403, 'fail', /does not let this account push/],
    ['ExpiredProviderToken', 403, 'fail', /has expired/],
    ['TooManyProviderTokenUpdates', 429, 'warn', /too many new provider tokens/],
    ['ServiceUnavailable', 503, 'warn', /cannot answer now/],
    ['BadPriority', 400, 'fail', /unexpected reason \(BadPriority\)/],
  ])('%s is named', async ([reason, status, state, sentence], { stage }) => {
    stage.world.apns.order({ status, reason })
    expectFault(await stage.examine(), 'APNs: production', { state, sentence, fix: /\w/ })
  })

  it('a server that accepts a token that no phone has is not Apple', async ({ stage }) => {
    stage.world.apns.order({ status: 200 })
    expectFault(await stage.examine(), 'APNs: production', {
      state: 'warn',
      sentence: /so it is not Apple/,
      fix: /APNS_PRODUCTION_URL/,
    })
  })

  it('a certificate that works is accepted in both environments, with its last day', async ({ stage }) => {
    const { cert, key } = stage.world.credentials.apns.certificate
    const diagnosis = await stage.examine({
      ...(await certificateSettings(stage, Date.now())),
      APNS_CERT_PATH: stage.write('good.pem', `${cert}\n${key}`),
    })
    expect(resultOf(diagnosis, 'APNs: certificate')).toMatchObject({
      state: 'ok',
      sentence: /valid until 20/,
    })
    expect(resultOf(diagnosis, 'APNs: production')).toMatchObject({
      state: 'ok',
      sentence: /accepts the certificate/,
    })
  })

  it('an expired certificate is named, and one that expires soon', async ({ stage }) => {
    const expired = await stage.examine(await certificateSettings(stage, Date.now() - DAY_MS))
    expectFault(expired, 'APNs: certificate', {
      sentence: /expired on 20\d\d-\d\d-\d\d/,
      fix: /APNS_CERT_PATH/,
    })
    expectFault(expired, 'APNs: production', {
      sentence: /does not accept the certificate/,
      fix: /APNS_CERT_PATH/,
    })
    const soon = await stage.examine(await certificateSettings(stage, Date.now() + 5 * DAY_MS))
    expectFault(soon, 'APNs: certificate', {
      state: 'warn',
      sentence: /expires on/,
      fix: /request a new one/,
    })
  })

  it.runIf(hasOpenssl)('a certificate that Apple refuses by a TLS alert is named', async ({ stage }) => {
    const apple = await startRefusingApple(stage.world.credentials)
    onTestFinished(() => apple.close())
    const changes = await certificateSettings(stage, Date.now() - DAY_MS)
    expectFault(await stage.examine({ ...changes, APNS_PRODUCTION_URL: apple.url }), 'APNs: production', {
      sentence: /refuses the connection: certificate refused/,
      fix: /APNS_CERT_PATH/,
    })
  })
})

describe("Firebase's service account", () => {
  const name = 'FCM: service account'

  it.for<[string, (stage: Stage) => Promise<Record<string, string>>, RegExp, RegExp]>([
    [
      'a key that was deleted',
      async () => {
        const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
        return { FIREBASE_PRIVATE_KEY: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() }
      },
      /does not know the private key.*invalid_grant: Invalid JWT Signature/,
      /create a new key/,
    ],
    [
      'an account that does not exist',
      async () => ({ FIREBASE_CLIENT_EMAIL: 'nobody@ringer-stand-in.iam.gserviceaccount.com' }),
      /does not exist any more/,
      /create a new key/,
    ],
    [
      'another project',
      async () => ({ FIREBASE_PROJECT_ID: 'another-project' }),
      /may not send for the project another-project/,
      /Firebase Cloud Messaging API Admin/,
    ],
  ])('%s is named', async ([, change, sentence, fix], { stage }) => {
    expectFault(await stage.examine(await change(stage)), name, { sentence, fix })
  })

  it.for<[string, number, object, 'warn' | 'fail', RegExp, RegExp]>([
    [
      'is disabled',
      400,
      { error: 'invalid_grant', error_description: 'Robot is disabled.' },
      'fail',
      /the service account is disabled/,
      /enable it/,
    ],
    [
      'was deleted',
      401,
      { error: 'deleted_client', error_description: 'The OAuth client was deleted.' },
      'fail',
      /does not exist any more/,
      /create a new key/,
    ],
    [
      'is refused for another reason',
      400,
      { error: 'invalid_scope' },
      'fail',
      /\(invalid_scope\)/,
      /new key/,
    ],
    ['cannot be asked about now', 503, {}, 'warn', /cannot answer now/, /in a minute/],
  ])('an account that %s is named', async ([, status, body, state, sentence, fix], { stage }) => {
    stage.world.fcm.orderTokenRequest({ status, body: JSON.stringify(body) })
    expectFault(await stage.examine(), name, { state, sentence, fix })
  })

  it('a time that Google finds wrong is named', async ({ stage }) => {
    const diagnosis = await stage.examine({}, { clock: () => Date.now() - 2 * 3_600_000 })
    expectFault(diagnosis, name, { sentence: /the clock of this machine is off/, fix: /NTP/ })
  })

  it.for<[string, number, object, 'ok' | 'warn' | 'fail', RegExp]>([
    ['no such project', 404, googleError('NOT_FOUND'), 'fail', /knows no project ringer-stand-in/],
    [
      'another sender',
      403,
      googleError('PERMISSION_DENIED', 'SENDER_ID_MISMATCH'),
      'fail',
      /belong to another sender/,
    ],
    ['no permission', 403, googleError('PERMISSION_DENIED'), 'fail', /may not send for the project/],
    [
      'a refused access token',
      401,
      googleError('UNAUTHENTICATED'),
      'fail',
      /does not accept the access token/,
    ],
    ['an overload', 503, googleError('UNAVAILABLE', 'UNAVAILABLE'), 'warn', /cannot answer now/],
    [
      'a token that is not registered',
      404,
      googleError('NOT_FOUND', 'UNREGISTERED'),
      'ok',
      /accepts the service account/,
    ],
    ['an acceptance', 200, { name: 'projects/x/messages/1' }, 'warn', /so it is not Google/],
  ])('%s in the dry run is named', async ([, status, body, state, sentence], { stage }) => {
    const url = await answerAlways(status, body)
    const result = resultOf(await stage.examine({ FCM_URL: url }), name)
    expect(result).toMatchObject({ state, sentence: expect.stringMatching(sentence) })
    expect(result.fix === undefined).toBe(state === 'ok')
  })
})

function googleError(status: string, errorCode?: string): object {
  const details = errorCode === undefined ? [] : [{ '@type': 'x', errorCode }]
  return { error: { code: 0, message: status, status, details } }
}

/** Starts a stub for FCM that answers every request with this. */
async function answerAlways(status: number, body: object): Promise<string> {
  const server = createServer((_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
