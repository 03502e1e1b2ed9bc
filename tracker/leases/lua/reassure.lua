-- What the database knew is restored; unless the store has forgotten something again meanwhile.
--
-- KEYS  1 meta
-- ARGV  1 `unsure` as it was when the restoring began

if redis.call('HGET', KEYS[1], 'unsure') == ARGV[1] then redis.call('HDEL', KEYS[1], 'unsure') end
