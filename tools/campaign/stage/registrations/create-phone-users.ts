import type { Phone, PhoneStep } from '../../plan/plan.ts'
import { createKeyedQueue } from '../create-keyed-queue.ts'
import { post, postUntilAccepted } from '../post.ts'
import type { Recorder } from '../record-history.ts'
import { activeDevice, type CampaignStage } from '../start-campaign-stage.ts'

/** Performs what users do with their phones. Each phone's steps follow each other; a request is repeated until it is answered 200. */
export function createPhoneUsers(phones: readonly Phone[], stage: CampaignStage, { recorded }: Recorder) {
  const enqueue = createKeyedQueue<string>()

  async function send(kind: 'register' | 'unregister', phone: Phone, uid: string, ingress: number) {
    const { token, platform, environment, sendsEnvironment } = phone
    const extra = sendsEnvironment && environment ? { environment } : {}
    const body = JSON.stringify(kind === 'register' ? { uid, token, platform, ...extra } : { uid, token })
    const headers = stage.credentials.logIn(uid, token)
    let at = ingress
    await postUntilAccepted(
      () => {
        at = (at + 1) % stage.ingresses.length
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
        return send(step.do, phone, step.uid, step.ingress)
      case 'delete-app': {
        const at = Date.now()
        stage.devices.set(token, { ...activeDevice(phone), state: 'unregistered', unregisteredAt: at })
        recorded.notices.push({ token, at, since: platform === 'ios' ? at : undefined })
        return
      }
      case 'install-app':
        stage.devices.set(token, activeDevice(phone))
        return send('register', phone, step.uid, step.ingress)
    }
  }

  return {
    async registerAll(madeUp: readonly Phone[]): Promise<void> {
      await Promise.all(
        [...phones, ...madeUp].map((phone, index) => send('register', phone, phone.uid, index % 2)),
      )
    },
    perform(step: PhoneStep): Promise<void> {
      const phone = phones[step.phone]
      if (!phone) throw new RangeError(`there is no phone ${step.phone}`)
      return enqueue(phone.token, () => change(step, phone))
    },
  }
}
