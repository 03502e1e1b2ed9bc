-- A site the store does not know: new, or lost with the store. Several processes may say so at once.
--
-- KEYS  1 meta  2 tags
-- ARGV  1 a new epoch  2 run id of the server  3 milliseconds to adopt only; 0 for a site without a past
-- answers 1 when the site was unknown

if redis.call('HSETNX', KEYS[1], 'epoch', ARGV[1]) == 0 then return 0 end
local time = redis.call('TIME')
redis.call('HSET', KEYS[1], 'run', ARGV[2])
if tonumber(ARGV[3]) > 0 then
  redis.call('HSET', KEYS[1], 'adopt_until', string.format('%.0f', time[1] * 1000 + ARGV[3]))
end
redis.call('DEL', KEYS[2])
return 1
