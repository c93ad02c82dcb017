// Who speaks when: three voices are learned from single words, then found second by second in a recording. Stages stand among RxJS's own operators.
// Run it: npx tsx pipelines/stream-app.ts
import { eachSequence, globalPool, globalPool2d, logMel, pool1d, pool2d, toVectors, type Vector } from 'poolwise'
import { audioFiles } from 'poolwise/node'
import { combineLatest, concatMap, filter, from, groupBy, map, mergeMap, type Observable, reduce, share, switchMap, zip } from 'rxjs'
