import { describe, expect } from 'vitest'
import { fcm } from '../../src/fcm/fcm.ts'
import { android, commit, ringOf } from '../pushes/outgoing-push.ts'
import { it } from './fcm-world.ts'

const FID = 'cB7nC0_x2kQ-9LmZr4T1aS'
const TOKEN = `${FID}:APA91bFsadfjklasfhjdsajkf`
const withFid = () => ringOf(android(1, { token: `fid:${FID}` }))

describe('an app that registers by its Firebase installation id', () => {
  it('is sent to in `fid`, not in `token`', async ({ world }) => {
    expect(await world.sender.send(withFid(), commit)).toEqual({ kind: 'accepted', status: 200 })
    expect(world.fcm.received).toMatchObject([{ token: FID, body: { message: { fid: FID } } }])
    expect(world.fcm.received[0]?.body.message).not.toHaveProperty('token')
  })

  it('is dead when Google says that it is not registered', async ({ world }) => {
    world.devices.set(FID, { state: 'unregistered', kind: 'voip' })
    expect(await world.sender.send(withFid(), commit)).toMatchObject({
      ...{ kind: 'unregistered', status: 404, reason: 'UNREGISTERED', why: 'token-dead' },
    })
  })

  it('has a malformed id when Google names the field', async ({ world }) => {
    const details = [
      {
        '@type': 'type.googleapis.com/google.rpc.BadRequest',
        fieldViolations: [{ field: 'message.fid', description: 'Invalid value' }],
      },
    ]
    const body = JSON.stringify({ error: { code: 400, message: '', status: 'INVALID_ARGUMENT', details } })
    world.fcm.order({ status: 400, body })
    expect(await world.sender.send(withFid(), commit)).toMatchObject({
      ...{ kind: 'rejected', why: 'token-malformed', aboutToken: true },
    })
  })
})

describe('what an app registers', () => {
  it.for([
    ['a FID in the field fid', `fid:${FID}`, `fid:${FID}`, `${FID}:`],
    ['a FID in the field token', FID, `fid:${FID}`, `${FID}:`],
    ['an id that was an instance id', 'fid:dTxbVurMB3E', 'fid:dTxbVurMB3E', 'dTxbVurMB3E:'],
    ['a token that begins with its FID', TOKEN, TOKEN, `fid:${FID}`],
    ['a token of before', 'dTxbVurMB3E:APA91bFsadfjkl', 'dTxbVurMB3E:APA91bFsadfjkl', undefined],
    ['a token that begins like the field', 'fid:APA91b:Fsadfjkl', 'fid:APA91b:Fsadfjkl', undefined],
  ] as const)('%s', ([, given, token, replaces]) => {
    expect(fcm.readToken(given)).toEqual({ ok: true, token, ...(replaces && { replaces }) })
  })

  it.for(['fid:', 'fid:short', `fid:${FID}x`, 'fid:white space in it here'])('is refused: %s', given => {
    expect(fcm.readToken(given)).toEqual({ ok: false, message: expect.stringContaining('onRegistered') })
  })
})
