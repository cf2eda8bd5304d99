import { hostNames } from '@ringer/service'
import { z } from 'zod'

const port = z
  .string()
  .regex(/^\d{1,5}$/, 'must be a port')
  .transform(Number)
  .refine(value => value <= 65_535, 'must be a port')
  .optional()

const fields = {
  SIMULATOR_HOST: z.string().default('127.0.0.1'),
  SIMULATOR_PORT: port,
  INGRESS_URL: z.url({ protocol: /^https?$/, error: 'is required: where the ingress listens, http://…' }),
  REGISTRATION_KEY: z.string().optional(),
  SIMULATOR_APNS_PORT: port,
  SIMULATOR_FCM_PORT: port,
  SIMULATOR_WEBPUSH_PORT: port,
  SIMULATOR_COMETCHAT_PORT: port,
  SIMULATOR_HOSTS: hostNames,
  SIMULATOR_CREDENTIALS_DIR: z.string().optional(),
}

/**
 * Where the simulator listens, which ingress it calls, and where it writes the stand-ins' credentials for the worker. `hosts`
 * are the names and addresses at which it is reached besides loopback: for the stand-ins' certificate, whose first name goes
 * into the worker's settings, and for the page, which refuses requests for any other.
 */
export const simulatorGroup = {
  fields,
  build: (values: z.infer<z.ZodObject<typeof fields>>) => {
    return {
      host: values.SIMULATOR_HOST,
      port: values.SIMULATOR_PORT ?? 4000,
      ingressUrl: values.INGRESS_URL,
      registrationKey: values.REGISTRATION_KEY,
      apnsPort: values.SIMULATOR_APNS_PORT ?? 4443,
      fcmPort: values.SIMULATOR_FCM_PORT ?? 4444,
      webpushPort: values.SIMULATOR_WEBPUSH_PORT ?? 4446,
      cometchatPort: values.SIMULATOR_COMETCHAT_PORT ?? 4445,
      hosts: values.SIMULATOR_HOSTS,
      credentialsDir: values.SIMULATOR_CREDENTIALS_DIR,
    }
  },
}
