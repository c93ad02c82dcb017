// Loading this makes all poolings but the trained ones known by their names, as the main entry does, and hints know what other libraries call things.
import { provideFieldNames } from '../core/check.ts'
import { fieldName } from '../core/fieldNames.ts'
import { mixed } from './composed/mixed.ts'
import * as leaves from './leaves.ts'
import { register } from './names.ts'

register({ ...leaves, mixed })
provideFieldNames(fieldName)
