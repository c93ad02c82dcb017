// Loading this makes all poolings but the trained ones known by their names, as the main entry does.
import { mixed } from './composed/mixed.ts'
import * as leaves from './leaves.ts'
import { register } from './names.ts'

register({ ...leaves, mixed })
