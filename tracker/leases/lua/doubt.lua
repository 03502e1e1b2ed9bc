-- The store may have forgotten what was given: adopt only for a while, trust no prepared tag, and let new entries
-- follow the last one that the database has.
--
-- KEYS  1 meta  2 tags  3 stream
-- ARGV  1 milliseconds to adopt only  2 run id of the server, for once per run; empty at once
--       3 clean (1 or 0): the server wrote everything down before it stopped  4 id of the last entry stored, or empty

if redis.call('EXISTS', KEYS[1]) == 0 then return end
if ARGV[2] ~= '' then
  if redis.call('HGET', KEYS[1], 'run') == ARGV[2] then return end
  redis.call('HSET', KEYS[1], 'run', ARGV[2])
  if ARGV[3] == '1' then return end
end
local time = redis.call('TIME')
local now = time[1] * 1000
redis.call('HSET', KEYS[1], 'adopt_until', string.format('%.0f', now + ARGV[1]), 'unsure', string.format('%.0f', now))
redis.call('DEL', KEYS[2])
if ARGV[4] ~= '' then
  redis.call('HSET', KEYS[1], 'stored', ARGV[4])
  if type(redis.pcall('XADD', KEYS[3], ARGV[4], 'a', '')) == 'string' then redis.call('XDEL', KEYS[3], ARGV[4]) end
end
