-- Gives one live lease of the database its holder back, unless the store knows a later truth.
--
-- KEYS  1 numbers  2 holders  3 visitor
-- ARGV  1 the lease (JSON, `publishing.Remembered`)  2 milliseconds to remember the visitor
-- answers 1 when the lease is restored

local lease = cjson.decode(ARGV[1])
if not redis.call('ZSCORE', KEYS[1], lease.number) then return 0 end
local holder = redis.call('HGET', KEYS[2], lease.number)
if holder and tonumber(string.match(holder, ' (%d+)$')) > tonumber(lease.since) then return 0 end

redis.call('ZADD', KEYS[1], 'GT', lease.until_, lease.number)
if lease.shared then
  local ends = redis.call('HGET', KEYS[2], '~' .. lease.number)
  if not ends or tonumber(ends) < tonumber(lease.until_) then
    redis.call('HSET', KEYS[2], '~' .. lease.number, lease.until_)
  end
else
  redis.call('HSET', KEYS[2], lease.number, lease.visitor .. ' ' .. lease.since)
end

local function is_newer(field, value)
  local known = redis.call('HGET', KEYS[3], field)
  return not known or tonumber(known) <= tonumber(value)
end
if is_newer('at', lease.at) then
  redis.call('HSET', KEYS[3], 'visit', lease.visit, 'at', lease.at, 'p:' .. lease.swap, lease.pool)
end
if is_newer('s:' .. lease.pool, lease.since) and is_newer('u:' .. lease.pool, lease.until_) then
  redis.call('HSET', KEYS[3], 'n:' .. lease.pool, lease.number, 's:' .. lease.pool, lease.since,
    'u:' .. lease.pool, lease.until_, 'x:' .. lease.pool, lease.shared and '1' or '0')
end
if lease.tag ~= '' then redis.call('HSETNX', KEYS[3], 'tag', lease.tag) end
redis.call('PEXPIRE', KEYS[3], ARGV[2])
return 1
