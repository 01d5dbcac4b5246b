import type { Identities } from './auth/identity.ts'
import type { RowPolicies } from './auth/row-policy.ts'
import type { Rule } from './auth/rule.ts'
import type { RemoteSource } from './context.ts'
import type { DomainPrivileges } from './database/privileges.ts'
import type { Capture } from './events/capture.ts'
import type { EventPolicy } from './events/event-policy.ts'
import type { Topic } from './events/topic.ts'
import type { PersonalData } from './privacy/map/personal-data.ts'
import type { Sensitivities } from './privacy/sensitivity.ts'

export interface ExampleOperation {
  query: string
  /** As JSON. */
  variables?: string
}

/** A built web application of the domain. The server serves its files below a path of their own. */
export interface Site {
  /** `/name`, without a slash at the end. */
  path: string
  name: string
  /** One sentence that says what it is. */
  about: string
  /** The folder with `index.html` and the files it loads. */
  folder: string
  /** The command that builds it. */
  buildWith: string
  /** The file with the documents that it sends by their ids, where its build writes one. */
  manifest?: string
}

/** The claims in a token of development mode. */
export interface DemoClaims {
  sub: string
  kind: string
  roles?: string[]
}

/** @public */
export interface DemoViewer {
  name: string
  /** The name, and what they may do. */
  label: string
  claims: DemoClaims
  /** A first query for them. */
  query: string
}

/** Whom to try the API as, and data to see. Development alone has it. */
export interface Demo {
  viewers: readonly DemoViewer[]
  /** Somebody with this role. */
  ofRole(role: string): DemoClaims
  /** More viewers, each with a code: `npm run token -- KIND CODE`. */
  byCode?: {
    kind: string
    /** Codes for people to try. */
    examples: readonly string[]
    codes(): Promise<readonly string[]>
    claimsOf(code: string): DemoClaims
  }
  data?: {
    /** Loads it into a database that lacks it. Returns whether it did. */
    load(ownerUrl: string, onProgress?: (message: string) => void): Promise<boolean>
    isLoaded(url: string): Promise<boolean>
  }
}

/** Clients of one kind, with an endpoint of their own at `/NAME/graphql`: a part of the schema. */
export interface Audience {
  /** One sentence that says who they are. */
  about: string
  /** The kinds of viewers that the endpoint takes. */
  viewers: readonly string[]
  /** Operations that its GraphiQL opens with. */
  exampleOperations: readonly ExampleOperation[]
}

/** Operations that are served by name, over REST and as tools of agents. */
interface NamedOperations {
  /** The folder of their files. Those of an audience lie in a folder of its name below it. */
  folder: string
  /** Whose agents may call tools. */
  tools: Rule
}

/** What the platform needs to know of the domain it serves. Types, fields and mutations are added to the builder. */
export interface Domain extends Identities {
  /** Its models are in `prisma/NAME.prisma`, and its migrations, if it has some, in `prisma/migrations/NAME/`. */
  name: string
  /** Named sets of scopes. */
  roles: Readonly<Record<string, readonly string[]>>
  /** Nobody sees a row of a model without one. */
  rowPolicies: RowPolicies
  /** What the server role may do with the tables of the domain. Of a model that is not named it may do nothing. */
  privileges: DomainPrivileges
  /** The rule that each sensitivity tag brings. */
  sensitivities: Sensitivities
  /** What it holds of people. Without people nothing is to be exported or erased. */
  personalData: PersonalData
  /** The events of exports, erasures and restrictions of people. */
  personTopics: Readonly<Record<'erased' | 'restricted' | 'released', Topic>>
  /** Which writes in plain SQL become events. */
  captures: readonly Capture[]
  /** Everything that can happen, for the feed of events. */
  topics: readonly Topic[]
  /** Who sees which of these events: the row policy of stored events too. */
  eventPolicy: EventPolicy
  /** Services that answer fields. */
  remoteSources?: readonly RemoteSource[]
  /** Operations that GraphiQL opens with. */
  exampleOperations: readonly ExampleOperation[]
  /** By name. `/graphql` is the back office's, and has the whole schema. */
  audiences?: Readonly<Record<string, Audience>>
  operations?: NamedOperations
  site?: Site
  demo?: Demo
}
