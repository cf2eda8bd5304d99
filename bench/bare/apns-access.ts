/** What a bare process needs to send to the stand-in for APNs. */
export interface ApnsAccess {
  port: number
  /** The certificate to trust, PEM. */
  ca: string
  /** PKCS #8 PEM. */
  key: string
  keyId: string
  teamId: string
  bundleId: string
}
