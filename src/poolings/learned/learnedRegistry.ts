// Loading this makes the trained poolings known by their names, as pipelines do.
import { register } from '../names.ts'
import { attentive } from './attentive.ts'
import { gated } from './gated.ts'
import { netVlad } from './netVlad.ts'
import { tree } from './tree.ts'

register({ attentive, gated, netVlad, tree })
