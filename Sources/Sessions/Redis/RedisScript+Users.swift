/// Users: their logins, what is known of them, and whether they are blocked.
extension RedisScript {
    /// reference, id, links, authoritative, unionid?, session_key?, session, time, expiry → blocked, id, user's fields.
    static let record = RedisScript(
        0,
        """
        local ref, id, links, authoritative = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
        local unionid, key, sid, time, expiry = opt(ARGV[5]), opt(ARGV[6]), ARGV[7], ARGV[8], ARGV[9]
        local user = P .. 'user:' .. ref
        local known = redis.call('HMGET', user, 'user_id', 'unionid', 'created_at')
        if authoritative ~= '1' then
            if known[1] then
                id = known[1]
            elseif links == '1' and unionid then
                local first = redis.call('ZRANGE', P .. 'union:' .. unionid, 0, 0)[1]
                if first then id = redis.call('HGET', P .. 'user:' .. first, 'user_id') or id end
            end
        end
        if redis.call('HEXISTS', P .. 'blocked', id) == 1 then return { 1, id, row(user) } end
        if redis.call('EXISTS', P .. 'session:' .. sid) == 1 then
            return redis.error_reply('TAKEN that session is there')
        end
        local created = known[3] or time
        redis.call('HSET', user, 'created_at', created)
        rename(user, ref, known[1], id)
        if unionid then link(user, ref, known[2], unionid, created) end
        if key then redis.call('HSET', user, 'session_key', key) end
        redis.call('HSET', P .. 'session:' .. sid, 'user', ref, 'expires_at', expiry)
        redis.call('EXPIREAT', P .. 'session:' .. sid, expiry)
        local sessions = P .. 'sessions:' .. ref
        redis.call('ZREMRANGEBYSCORE', sessions, '-inf', time)
        redis.call('ZADD', sessions, expiry, sid)
        redis.call('EXPIREAT', sessions, redis.call('ZRANGE', sessions, -1, -1, 'WITHSCORES')[2])
        return { 0, id, row(user) }
        """
    )

    /// session, reference, time → blocked, user's fields, the session's end; or null.
    static let lookup = RedisScript(
        1,
        """
        if not holds(ARGV[1], ARGV[2], ARGV[3]) then return false end
        return answer(ARGV[1], ARGV[2])
        """
    )

    /// session, reference, time, kids, end of tokens, unionid?, "keep", "forget" or "set", phone, then names of fields and
    /// their values → blocked, user's fields, the session's end, the change's id or "" and facts; or null.
    static let update = RedisScript(
        2,
        """
        local sid, ref, time, kids, till, unionid = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], opt(ARGV[6])
        if not holds(sid, ref, time) then return false end
        local user = P .. 'user:' .. ref
        local before = facts(user, kids)
        local after = before
        for index = 9, #ARGV, 2 do
            if ARGV[index] == 'nickname' and before % 2 == 0 then after = after + 1 end
        end
        if ARGV[7] == 'forget' and before >= 2 then after = after - 2 end
        if ARGV[7] == 'set' and before < 2 then after = after + 2 end
        local id = ''
        if before ~= after then id = change('f', ref, after, till) end
        for index = 9, #ARGV, 2 do redis.call('HSET', user, ARGV[index], ARGV[index + 1]) end
        if ARGV[7] == 'forget' then redis.call('HDEL', user, 'phone') end
        if ARGV[7] == 'set' then redis.call('HSET', user, 'phone', ARGV[8]) end
        if unionid then
            local known = redis.call('HMGET', user, 'unionid', 'created_at')
            if not known[1] then link(user, ref, false, unionid, known[2]) end
        end
        local found = answer(sid, ref)
        if id ~= '' then trim() end
        return { found[1], found[2], found[3], id, after }
        """
    )

    /// time, then for each user reference, id, unionid?.
    static let importUsers = RedisScript(
        7,
        """
        for index = 2, #ARGV, 3 do
            local ref, id, unionid = ARGV[index], ARGV[index + 1], opt(ARGV[index + 2])
            local user = P .. 'user:' .. ref
            local known = redis.call('HMGET', user, 'user_id', 'unionid', 'created_at')
            redis.call('HSETNX', user, 'created_at', ARGV[1])
            rename(user, ref, known[1], id)
            if unionid and not known[2] then link(user, ref, false, unionid, known[3] or ARGV[1]) end
        end
        return 1
        """
    )

    /// reference, field, the sealed value that is there, the same sealed anew.
    static let reseal = RedisScript(
        8,
        """
        local user = P .. 'user:' .. ARGV[1]
        if redis.call('HGET', user, ARGV[2]) == ARGV[3] then redis.call('HSET', user, ARGV[2], ARGV[4]) end
        return 1
        """
    )

    /// id, whether to block, when the change may be forgotten → its id.
    static let block = RedisScript(
        5,
        whenFull: true,
        """
        local blocks = ARGV[2] == '1'
        redis.call('HEXISTS', P .. 'blocked', ARGV[1])
        local id = change(blocks and 'b' or 'u', ARGV[1], '', ARGV[3])
        if blocks then
            redis.call('HSET', P .. 'blocked', ARGV[1], id)
        else
            redis.call('HDEL', P .. 'blocked', ARGV[1])
        end
        trim()
        return id
        """
    )
}
