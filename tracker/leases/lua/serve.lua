-- From here on the site is served as published.
--
-- KEYS  1 meta  2 site
-- ARGV  1 version  2 the site (JSON, `ServedSite`)  3 most entries of the stream

redis.call('HSET', KEYS[1], 'version', ARGV[1], 'capacity', ARGV[3])
redis.call('SET', KEYS[2], ARGV[2])
