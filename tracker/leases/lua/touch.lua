-- One sign of life of a visitor: decides his visit, tag and leases, and appends what happened to the site's
-- stream, in one atomic step. See redis_store.py for the keys.
--
-- KEYS  1 meta  2 stream  3 tags  4 visitor  5 recognition by ga and ip  6 rate of this address
--       then three per pool: numbers, holders, numbers that this network holds
-- ARGV  1 the request (JSON, `exchange.Touch`)  2 what to append besides our decision (JSON text, kept as it is)
-- answers one JSON text: {"state": …} or the decision (`exchange.Answer`)

local asked = cjson.decode(ARGV[1])
local meta, stream, tags, visitor_key = KEYS[1], KEYS[2], KEYS[3], KEYS[4]

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function text(millis) return string.format('%.0f', millis) end
local function refuse(state) return cjson.encode({state = state}) end

local facts = redis.call('HMGET', meta, 'version', 'capacity', 'adopt_until', 'unsure')
if not facts[1] then return refuse('lost') end
if facts[1] ~= asked.version then return refuse('stale') end
if redis.call('XLEN', stream) >= tonumber(facts[2]) then
  redis.call('HINCRBY', meta, 'dropped', 1)
  return refuse('full')
end
if asked.rate_limit > 0 then
  local count = redis.call('INCR', KEYS[6])
  if count == 1 then redis.call('PEXPIRE', KEYS[6], 60000) end
  if count > asked.rate_limit then return refuse('limited') end
end
local adopt_until, unsure_since = tonumber(facts[3] or '0'), tonumber(facts[4] or '0')

-- The visitor as we know him.
local known = {}
local flat = redis.call('HGETALL', visitor_key)
for i = 1, #flat, 2 do known[flat[i]] = flat[i + 1] end
local changed = {}
local function keep(field, value)
  if known[field] == value then return end
  known[field] = value
  if value == nil then
    redis.call('HDEL', visitor_key, field)
  else
    changed[#changed + 1] = field
    changed[#changed + 1] = value
  end
end

-- His visit: ended by 30 minutes of silence or by another campaign. A view sent late only opens a first visit.
local at = now - asked.late_ms
local late = asked.late_ms > 0
local returning = known.visit ~= nil
local new_visit = false
if asked.opens then
  local silent = not late and known.at and now - tonumber(known.at) > asked.visit_gap
  local other_campaign = not late and asked.campaign ~= '' and known.campaign ~= asked.campaign
  new_visit = not known.visit or silent or other_campaign
  if new_visit then
    keep('visit', asked.visit)
    keep('campaign', asked.campaign)
    keep('paid', asked.paid and '1' or '0')
    for field in pairs(known) do
      local kind = string.sub(field, 1, 2)
      if kind == 'p:' or kind == 'w:' then keep(field, nil) end
    end
  end
elseif not known.visit then
  keep('visit', asked.visit)
end
local paid = known.paid == '1'

-- Only page views are judged; the beats of a machine are a machine's.
if asked.opens then keep('bot', asked.bot ~= '' and '1' or nil) end
local is_bot = known.bot == '1'
if not is_bot and asked.opens and not known.tag then
  local tag = redis.call('LPOP', tags)
  if tag then keep('tag', tag) end
end

-- After the store has forgotten something, a number may be on a page we do not know of. Pages tell within one beat
-- interval, and the worker restores what the database knows; who does neither loses the number after the hold.
local function only_adopts(pool)
  return adopt_until > now or unsure_since + pool.hold > now
end

-- Which pool serves which original is decided by the view that begins the visit, and kept for the visit: `p:` is
-- the pool, or the reason why there is none.
local function choose(want)
  for _, pool in ipairs(want.pools) do
    if pool.matches and (pool.returning == nil or pool.returning == cjson.null or pool.returning == returning) then
      return pool.id
    end
  end
  return want.excluded and 'excluded' or 'no-pool'
end

local function pool_named(want, id)
  for _, pool in ipairs(want.pools) do
    if pool.id == id then return pool end
  end
  return nil
end

local function pool_that_has_held(want)
  for _, pool in ipairs(want.pools) do
    if pool.static == '' and only_adopts(pool) then
      for _, number in ipairs(asked.held) do
        if redis.call('ZSCORE', KEYS[pool.key], number) then return pool.id end
      end
    end
  end
  return nil
end

local function pool_for(want)
  local field = 'p:' .. want.swap
  if not known[field] then
    local chosen = pool_that_has_held(want) or (asked.opens and choose(want))
    if chosen then keep(field, chosen) end
  end
  return pool_named(want, known[field])
end

local leases, outcomes, wanted = {}, {}, {}

local function holder_of(pool, number)
  local record = redis.call('HGET', KEYS[pool.key + 1], number)
  if not record then return nil end
  local who, since = string.match(record, '^(%x+) (%d+)$')
  return who, since
end

local function is_shared_now(pool, number)
  local until_ = redis.call('HGET', KEYS[pool.key + 1], '~' .. number)
  return until_ ~= false and tonumber(until_) > now
end

-- A second holder (`x:` is 1) has his own end in `u:`; the first one's is the score of the number.
local function record(pool, number, since, until_, shared, second)
  keep('n:' .. pool.id, number)
  keep('s:' .. pool.id, since)
  keep('u:' .. pool.id, text(until_))
  keep('x:' .. pool.id, second and '1' or '0')
  leases[#leases + 1] = {pool = pool.id, number = number, since = since, until_ = text(until_), shared = shared}
  return {number = number, until_ = text(until_), shared = shared}
end

local function count_for_network(pool, number, until_)
  if pool.network_limit > 0 then
    redis.call('ZADD', KEYS[pool.key + 2], text(until_), number)
    redis.call('PEXPIRE', KEYS[pool.key + 2], pool.hold)
  end
end

local function take(pool, number)
  local until_ = now + pool.hold
  redis.call('ZADD', KEYS[pool.key], text(until_), number)
  redis.call('HSET', KEYS[pool.key + 1], number, asked.visitor .. ' ' .. text(now))
  count_for_network(pool, number, until_)
  return record(pool, number, text(now), until_, false, false)
end

-- The number in use whose holder has been silent longest; a free one is kept back for a reason.
local function share(pool)
  local first = redis.call('ZRANGEBYSCORE', KEYS[pool.key], '(' .. text(now), '+inf', 'LIMIT', 0, 1)
  if not first[1] then return nil end
  local until_ = now + pool.hold
  redis.call('ZADD', KEYS[pool.key], 'GT', text(until_), first[1])
  redis.call('HSET', KEYS[pool.key + 1], '~' .. first[1], text(until_))
  return record(pool, first[1], text(now), until_, true, true)
end

local function holds_alone(pool, number, since)
  local who, start = holder_of(pool, number)
  return who == asked.visitor and start == since
end

-- The live lease of this visitor, prolonged; nil when he has none (any more).
local function renewed(pool)
  local number, since = known['n:' .. pool.id], known['s:' .. pool.id]
  if not number or tonumber(known['u:' .. pool.id]) <= now or now - tonumber(since) >= pool.max_age then return nil end
  local free_at = redis.call('ZSCORE', KEYS[pool.key], number)
  if not free_at then return nil end
  local until_ = now + pool.hold
  local second = known['x:' .. pool.id] == '1'
  if second then
    redis.call('HSET', KEYS[pool.key + 1], '~' .. number, text(until_))
  else
    if tonumber(free_at) <= now or not holds_alone(pool, number, since) then return nil end
    count_for_network(pool, number, until_)
  end
  redis.call('ZADD', KEYS[pool.key], 'GT', text(until_), number)
  return record(pool, number, since, until_, second or is_shared_now(pool, number), second)
end

local function adopted(pool)
  for _, number in ipairs(asked.held) do
    local free_at = redis.call('ZSCORE', KEYS[pool.key], number)
    if free_at and tonumber(free_at) <= now then return take(pool, number) end
  end
  return nil
end

local function network_is_full(pool)
  if pool.network_limit == 0 then return false end
  redis.call('ZREMRANGEBYSCORE', KEYS[pool.key + 2], '-inf', text(now))
  return redis.call('ZCARD', KEYS[pool.key + 2]) >= pool.network_limit
end

local function former(pool)
  local number = known['n:' .. pool.id]
  if not number or now - tonumber(known['u:' .. pool.id]) > pool.sticky then return nil end
  local free_at = redis.call('ZSCORE', KEYS[pool.key], number)
  if free_at and tonumber(free_at) <= now then return number end
  return nil
end

local function longest_idle(pool)
  local first = redis.call('ZRANGE', KEYS[pool.key], 0, 0, 'WITHSCORES')
  if first[1] and tonumber(first[2]) <= now then return first[1] end
  return nil
end

local function reserved(pool)
  return pool.reserve > 0 and not paid and redis.call('ZCOUNT', KEYS[pool.key], '-inf', text(now)) <= pool.reserve
end

local function overflow(pool)
  if pool.overflow == 'shared' then
    local answer = share(pool)
    if answer then return answer end
  elseif pool.overflow ~= 'original' then
    return {number = pool.overflow}
  end
  return nil, 'exhausted'
end

local function acquired(pool)
  if only_adopts(pool) then
    local answer = adopted(pool)
    return answer, answer and nil or 'store-down'
  end
  if not (asked.engaged or paid or pool.on_arrival) then return nil, 'not-engaged' end
  if network_is_full(pool) then return nil, 'limited' end
  wanted[pool.id] = true
  if reserved(pool) then return overflow(pool) end
  local number = former(pool) or longest_idle(pool)
  if number then return take(pool, number) end
  return overflow(pool)
end

local function served(want)
  if is_bot then return nil, 'bot' end
  if late then return nil, 'late' end
  local pool = pool_for(want)
  if not pool then return nil, known['p:' .. want.swap] == 'excluded' and 'excluded' or 'no-pool' end
  if pool.static ~= '' then return {number = pool.static} end
  local answer = renewed(pool)
  if answer then return answer end
  if not asked.takes then return nil, 'not-engaged' end
  return acquired(pool)
end

for i, want in ipairs(asked.wants) do
  if new_visit and not is_bot then pool_for(want) end
  if want.asked then
    local answer, reason = served(want)
    outcomes[#outcomes + 1] = {want = i, lease = answer, reason = reason}
  end
end

-- Coverage: a pool is asked once per visit; a later grant counts once.
local coverage = {}
for id in pairs(wanted) do
  local granted, shared = false, false
  for _, lease in ipairs(leases) do
    if lease.pool == id then granted, shared = true, lease.shared end
  end
  local mark = granted and '1' or '0'
  if known['w:' .. id] == nil or (known['w:' .. id] == '0' and granted) then
    coverage[#coverage + 1] = {pool = id, first = known['w:' .. id] == nil, granted = granted, shared = shared}
    keep('w:' .. id, mark)
  end
end

keep('at', text(math.max(at, tonumber(known.at or '0'))))
if #changed > 0 then redis.call('HSET', visitor_key, unpack(changed)) end
local is_only_bot = is_bot and not known.tag
redis.call('PEXPIRE', visitor_key, is_only_bot and asked.visit_gap or asked.longest)
if asked.recognise and not is_bot then redis.call('SET', KEYS[5], asked.visitor, 'PX', asked.longest) end

local decision = cjson.encode({
  visitor = asked.visitor, visit = known.visit, new_visit = new_visit, tag = not is_bot and known.tag or nil,
  leases = #leases > 0 and leases or nil, coverage = #coverage > 0 and coverage or nil,
  outcomes = #outcomes > 0 and outcomes or nil, now = text(now),
})
redis.call('XADD', stream, '*', 'a', ARGV[2], 'd', decision)
return decision
