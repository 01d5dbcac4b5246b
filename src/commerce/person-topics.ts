import { topicsOfPersons } from '../platform/privacy/requests/person-events.ts'
import { readsAllCustomers } from './access.ts'

export const personTopics = topicsOfPersons(readsAllCustomers)
