import { registrationKey } from '../../world.ts'
import type { Phone, PhoneStep } from '../plan/plan.ts'
import { createInTurn } from './in-turn.ts'
import { post, postUntilTaken } from './post.ts'
import type { Recorder } from './record-history.ts'
import { activeDevice, type Stage } from './start-stage.ts'

/** Does to phones what people do; each phone one thing after the other, and what was not answered 200 again. */
export function createPhones(phones: readonly Phone[], stage: Stage, { recorded }: Recorder) {
  const inTurn = createInTurn<string>()

  async function tell(kind: 'register' | 'unregister', phone: Phone, uid: string, ingress: number) {
    const { token, platform, environment, tellsEnvironment } = phone
    const told = tellsEnvironment && environment ? { environment } : {}
    const body = JSON.stringify(kind === 'register' ? { uid, token, platform, ...told } : { uid, token })
    let at = ingress
    await postUntilTaken(
      () => {
        at = (at + 1) % stage.ingresses.length
        const headers = { authorization: `Bearer ${registrationKey}` }
        return post(`${stage.ingresses[at]?.url}/api/push/${kind}`, body, headers)
      },
      {
        tries: 40,
        everyMs: 500,
        onTry: posted => recorded.registrations.push({ kind, uid, token, ...posted }),
      },
    )
  }

  async function change(step: PhoneStep, phone: Phone): Promise<void> {
    const { token, platform } = phone
    switch (step.do) {
      case 'register':
      case 'unregister':
        return tell(step.do, phone, step.uid, step.ingress)
      case 'delete-app': {
        const at = Date.now()
        stage.devices.set(token, { ...activeDevice(phone), state: 'unregistered', unregisteredAt: at })
        recorded.notices.push({ token, at, since: platform === 'ios' ? at : undefined })
        return
      }
      case 'install-app':
        stage.devices.set(token, activeDevice(phone))
        return tell('register', phone, step.uid, step.ingress)
    }
  }

  return {
    async registerAll(): Promise<void> {
      await Promise.all(phones.map((phone, index) => tell('register', phone, phone.uid, index % 2)))
    },
    perform(step: PhoneStep): Promise<void> {
      const phone = phones[step.phone]
      if (!phone) throw new RangeError(`there is no phone ${step.phone}`)
      return inTurn(phone.token, () => change(step, phone))
    },
  }
}
