import webPush from 'web-push'

/** Makes a VAPID pair: a key pair on P-256, in base64url (RFC 8292). */
export const createVapidKeys = (): { publicKey: string; privateKey: string } => webPush.generateVAPIDKeys()
