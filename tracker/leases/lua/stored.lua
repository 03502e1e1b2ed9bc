-- The database has everything up to an entry: forgets it and what stands before it.
--
-- KEYS  1 meta  2 stream
-- ARGV  1 id of that entry  2 the id after it

redis.call('HSET', KEYS[1], 'stored', ARGV[1])
return redis.call('XTRIM', KEYS[2], 'MINID', ARGV[2])
