import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Advisories, type Advisory, askForAdvisories } from './ask-for-advisories.ts'
import { isAllowedLicense } from './is-allowed-license.ts'
import { type Exception, readExceptions } from './read-exceptions.ts'
import { type InstalledPackage, readPackages } from './read-packages.ts'

/** What an audit found. It passes if there is no fault. */
export interface Audit {
  faults: string[]
  notes: string[]
  /** Whether the registry was asked for advisories. */
  answered: boolean
}

/**
 * Checks the licences and the advisories of the packages that production installs, except for what the exceptions accept. A
 * registry that does not answer is a note, so that the gate passes without a network.
 *
 * @param options.folder where `package-lock.json` is
 * @param options.exceptions the path of the exceptions
 * @param options.registry Default: the one that npm is configured to use
 * @param options.today `2026-11-29`
 */
export async function audit(options: {
  folder: string
  exceptions: string
  registry?: string
  today: string
}): Promise<Audit> {
  const { folder, registry, today } = options
  const packages = readPackages(await readFile(join(folder, 'package-lock.json'), 'utf8'))
  const { exceptions, faults } = readExceptions(await readFile(options.exceptions, 'utf8'), today)
  const answer = await askForAdvisories(folder, registry)
  const licenses = packages.filter(each => !isAllowedLicense(each.license ?? ''))
  const advisories = answer.answered ? answer.advisories : []
  const findings = [...licenses.map(ofLicense), ...advisories.map(ofAdvisory)]
  const isAccepted = (finding: AuditFinding) => exceptions.some(finding.isAcceptedBy)
  const isUsed = (exception: Exception) => findings.some(({ isAcceptedBy }) => isAcceptedBy(exception))
  const isUseless = (exception: Exception) =>
    !isUsed(exception) && (answer.answered || 'license' in exception.finding)
  return {
    faults: [...faults, ...findings.filter(finding => !isAccepted(finding)).map(({ text }) => text)],
    answered: answer.answered,
    notes: [
      `${packages.length} packages, ${licenses.length} with a licence that is not on the list`,
      describe(answer),
      ...exceptions
        .filter(isUsed)
        .map(each => `accepted until ${each.expires}: ${each.package}, ${each.reason}`),
      ...exceptions
        .filter(isUseless)
        .map(each => `no longer needed, remove the exception for ${each.package}`),
    ],
  }
}

interface AuditFinding {
  text: string
  isAcceptedBy(exception: Exception): boolean
}

function ofLicense({ name, version, license = 'none' }: InstalledPackage): AuditFinding {
  return {
    text: `${name}@${version}: its licence (${license}) is not on the list in tools/audit/is-allowed-license.ts`,
    isAcceptedBy: ({ package: accepted, finding }) =>
      accepted === name && 'license' in finding && finding.version === version && finding.license === license,
  }
}

function ofAdvisory({ package: name, id, severity, title, url }: Advisory): AuditFinding {
  return {
    text: `${name}: ${id} (${severity}) ${title}, ${url}`,
    isAcceptedBy: ({ package: accepted, finding }) =>
      accepted === name && 'advisory' in finding && finding.advisory === id,
  }
}

const describe = (answer: Advisories) =>
  answer.answered
    ? `${answer.advisories.length} advisories`
    : `the registry was not asked for advisories, because it does not answer: ${answer.reason}`
