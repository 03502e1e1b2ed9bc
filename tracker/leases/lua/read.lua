-- The next entries of a site's stream, and whether store and database agree about what was stored before.
--
-- KEYS  1 meta  2 stream
-- ARGV  1 id of the last entry the database has  2 how many
-- answers {verdict, entries}: `level`; `rewound` when the database has entries this store never saw; `ahead` when
--         the store has forgotten entries which the database lacks

local stored = redis.call('HGET', KEYS[1], 'stored')

local function is_before(one, other)
  local millis, count = string.match(one, '^(%d+)-(%d+)$')
  local other_millis, other_count = string.match(other, '^(%d+)-(%d+)$')
  if millis ~= other_millis then return tonumber(millis) < tonumber(other_millis) end
  return tonumber(count) < tonumber(other_count)
end

local verdict = 'level'
if stored and stored ~= ARGV[1] then
  if is_before(ARGV[1], stored) then
    verdict = 'ahead'
  elseif #redis.call('XRANGE', KEYS[2], ARGV[1], ARGV[1]) == 0 then
    verdict = 'rewound'
  end
end
return {verdict, redis.call('XRANGE', KEYS[2], '(' .. ARGV[1], '+', 'COUNT', ARGV[2])}
