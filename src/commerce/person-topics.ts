import { topicsOfPersons } from '../platform/persons/requests/person-events.ts'
import { readsAllCustomers } from './access.ts'

export const personTopics = topicsOfPersons(readsAllCustomers)
