import { kind } from '../platform/auth/rule.ts'
import { definePersons } from '../platform/persons/requests/define-persons.ts'
import { managesPersons } from './access.ts'
import { inShop } from './audiences.ts'
import { mutation } from './mutations.ts'
import { heldOfPeople } from './personal-data.ts'

definePersons({
  mutation,
  data: heldOfPeople,
  asks: kind('customer'),
  manageScope: managesPersons,
  subGraphs: inShop,
})
