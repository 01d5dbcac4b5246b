import { topicsOfPersons } from '../platform/persons/requests/person-events.ts'
import { writes } from './access.ts'

export const personTopics = topicsOfPersons(writes)
