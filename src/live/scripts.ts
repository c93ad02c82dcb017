// What must happen in one step happens in Redis, in Lua. A fence is a number that grows with each owner of a partition: whoever writes says his, and an older one is refused,
// so that an owner that was frozen, or cut off, writes nothing once there is another.

/** KEYS owners; ARGV owner, milliseconds → all owners that were heard of within that time, in one order for all. */
export const meet = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[2])
local owners = redis.call('ZRANGE', KEYS[1], 0, -1)
table.sort(owners)
return owners`

/** KEYS lease, progress; ARGV owner, milliseconds → the new owner's fence; nothing where somebody else owns it. */
export const lease = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] and not redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return false end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return redis.call('HINCRBY', KEYS[2], 'fence', 1)`

/** KEYS lease; ARGV owner, milliseconds → whether it is still his. */
export const renew = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])`

/** KEYS lease; ARGV owner. */
export const release = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])`

/**
 * KEYS progress, states, windows, failures, events; ARGV fence, whether events are removed, how many failures are kept, then five lists, each after its length: what the progress
 * is, in pairs; states, in pairs; keys without a state any more; windows; failures, in pairs → whether it was done, all of it or nothing.
 */
export const commit = `
if redis.call('HGET', KEYS[1], 'fence') ~= ARGV[1] then return 0 end
local at = 4
local function each(step, take)
  local last = at + ARGV[at]
  for i = at + 1, last, step do take(ARGV[i], ARGV[i + step - 1]) end
  at = last + 1
end
each(2, function(name, value)
  redis.call('HSET', KEYS[1], name, value)
  if name == 'position' and ARGV[2] == '1' then redis.call('XTRIM', KEYS[5], 'MINID', value) end
end)
each(2, function(key, state) redis.call('HSET', KEYS[2], key, state) end)
each(1, function(key) redis.call('HDEL', KEYS[2], key) end)
each(1, function(window) redis.call('XADD', KEYS[3], '*', 'window', window) end)
each(2, function(event, reason) redis.call('XADD', KEYS[4], 'MAXLEN', '~', ARGV[3], '*', 'event', event, 'reason', reason) end)
return 1`
