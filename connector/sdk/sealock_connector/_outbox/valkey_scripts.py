# SPDX-License-Identifier: Apache-2.0
"""
What an outbox in Valkey does, each verb as one script: Valkey runs nothing else meanwhile.

A record is a hash. `lease` and `first` are milliseconds since 1970, by Valkey's own clock, which all replicas share.
Of what is finished only its result is kept. `call` names the call that claimed it: a claim whose answer was lost on the
way is asked again, and answered as before. Valkey refuses a script whose first change needs memory that it does not
have: a claim, but not a result, for which the record is emptied first.
"""

from __future__ import annotations

_PRESENT = """
local now = tonumber(ARGV[1])
if now < 0 then
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end
local record = redis.call('HMGET', KEYS[1], 'owner', 'lease', 'first', 'result', 'call', 'again')
local owner, lease, first, result = record[1], tonumber(record[2] or 0), record[3], record[4]
local function keep(longer)
  redis.call('PEXPIRE', KEYS[1], tonumber(ARGV[2]) + longer)
end
"""

CLAIM = (
    _PRESENT
    + """
local lasts = tonumber(ARGV[5])
if result then
  return {'finished', result}
end
if record[5] == ARGV[4] and owner == ARGV[3] then
  return {'claimed', record[6] == '1' and first or ''}
end
if owner and lease > now then
  return {'in flight', ''}
end
redis.call('HSET', KEYS[1], 'owner', ARGV[3], 'lease', now + lasts, 'first', first or now, 'call', ARGV[4],
  'again', first and '1' or '0')
keep(lasts)
return {'claimed', first or ''}
"""
)

RENEW = (
    _PRESENT
    + """
if result or owner ~= ARGV[3] then
  return 0
end
redis.call('HSET', KEYS[1], 'lease', now + tonumber(ARGV[4]))
keep(tonumber(ARGV[4]))
return 1
"""
)

FINISH = (
    _PRESENT
    + """
if not result then
  redis.call('DEL', KEYS[1])
  redis.call('HSET', KEYS[1], 'result', ARGV[3])
  keep(0)
end
return 1
"""
)

RELEASE = (
    _PRESENT
    + """
if owner == ARGV[3] and not result then
  redis.call('DEL', KEYS[1])
end
return 1
"""
)

ABANDON = (
    _PRESENT
    + """
if owner == ARGV[3] and not result then
  redis.call('HSET', KEYS[1], 'owner', '', 'lease', now + tonumber(ARGV[4]), 'call', '')
  keep(tonumber(ARGV[4]))
end
return 1
"""
)

HELD = (
    _PRESENT
    + """
return (owner and not result and lease > now) and 1 or 0
"""
)
