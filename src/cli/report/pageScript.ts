/** What the page does, as it stands in it: the map under a pointer and the keyboard, labels that stand out, sounds that play. */
export const pageScript: string = `
const find = (id) => document.getElementById(id)
const player = (() => {
  const audio = find('audio') || new Audio()
  let until = Infinity
  audio.addEventListener('timeupdate', () => { if (audio.currentTime >= until) { audio.pause(); until = Infinity } })
  audio.addEventListener('error', () => { if (audio.getAttribute('src')) say('It cannot be played from here: ' + decodeURIComponent(audio.getAttribute('src').split('#')[0])) })
  return {
    audio,
    show([address, from = 0, to]) {
      const wanted = to === undefined ? address : address + '#t=' + from + ',' + to
      if (audio.getAttribute('src') !== wanted) audio.src = wanted
    },
    async play(clip) {
      this.show(clip)
      const [, from = 0, to = Infinity] = clip
      try {
        audio.currentTime = from
        until = to
        await audio.play()
      } catch {}
    },
  }
})()
function say(text) { const line = find('what') || find('heard'); if (line) line.textContent = text }
for (const button of document.querySelectorAll('button[data-clip]')) {
  button.addEventListener('click', () => player.play(JSON.parse(button.dataset.clip)))
}
const map = find('map')
if (map) {
  const points = JSON.parse(find('points').textContent)
  const svg = map.firstElementChild
  const ring = find('ring')
  const { audio } = player
  let at = -1
  let pinned = false
  let only = new Set()
  const seen = (i) => only.size === 0 || only.has(points.kind[i])
  const seconds = (x) => String(Number(x.toFixed(2)))
  function show(i) {
    at = i
    ring.removeAttribute('visibility')
    ring.setAttribute('cx', points.x[i])
    ring.setAttribute('cy', points.y[i])
    const name = document.createElement('bdi')
    name.textContent = points.id[i]
    find('name').replaceChildren(name)
    const [from, to] = points.time[i]
    const label = document.createElement('bdi')
    label.textContent = points.label[i] ?? 'no label'
    find('what').replaceChildren(label, to > from ? ', ' + seconds(from) + ' to ' + seconds(to) : '')
    const clip = points.clip && points.clip[i]
    audio.hidden = !clip
    if (clip) player.show(clip)
  }
  function play(i) {
    if (points.clip && points.clip[i]) player.play(points.clip[i])
  }
  function under(event) {
    const box = svg.getBoundingClientRect()
    const scale = svg.viewBox.baseVal.width / box.width
    const [x, y] = [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale]
    let [best, least] = [-1, (24 * Math.max(1, scale)) ** 2]
    for (let i = 0; i < points.x.length; i++) {
      const far = (points.x[i] - x) ** 2 + (points.y[i] - y) ** 2
      if (far < least && seen(i)) [best, least] = [i, far]
    }
    return best
  }
  map.addEventListener('pointermove', (event) => {
    const i = under(event)
    map.classList.toggle('near', i >= 0)
    if (!pinned && i >= 0 && i !== at && audio.paused) show(i)
  })
  map.addEventListener('click', (event) => {
    const i = under(event)
    pinned = i >= 0
    if (i < 0) return
    show(i)
    play(i)
  })
  const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }
  function next([dx, dy]) {
    let [best, least] = [-1, Infinity]
    for (let i = 0; i < points.x.length; i++) {
      const [x, y] = at < 0 ? [points.x[i] - svg.viewBox.baseVal.width / 2, points.y[i] - svg.viewBox.baseVal.height / 2] : [points.x[i] - points.x[at], points.y[i] - points.y[at]]
      const ahead = x * dx + y * dy
      const aside = Math.abs(x * dy) + Math.abs(y * dx)
      if (i === at || !seen(i) || (at >= 0 && (ahead <= 0 || aside > 2 * ahead))) continue
      const far = at < 0 ? x * x + y * y : ahead + 2 * aside
      if (far < least) [best, least] = [i, far]
    }
    return best
  }
  map.addEventListener('keydown', (event) => {
    const way = ways[event.key]
    if (way) {
      event.preventDefault()
      const i = next(way)
      if (i >= 0) { pinned = true; show(i) }
    } else if ((event.key === 'Enter' || event.key === ' ') && at >= 0) {
      event.preventDefault()
      if (audio.paused) play(at)
      else audio.pause()
    } else if (event.key === 'Escape') {
      pinned = false
    }
  })
  for (const key of document.querySelectorAll('.key')) {
    key.addEventListener('click', () => {
      const kind = Number(key.dataset.kind)
      if (!only.delete(kind)) only.add(kind)
      key.setAttribute('aria-pressed', only.has(kind))
      map.classList.toggle('some', only.size > 0)
      for (const dots of svg.querySelectorAll('.dot')) dots.classList.toggle('on', only.has(Number(dots.dataset.kind)))
    })
  }
}
`
