/// Users: their logins, what is known of them, and whether they are blocked.
extension RedisScript {
    /// reference, id, links, authoritative, unionid?, session_key?, session, time, expiry, MACs of id and unionid, an id that
    /// was confirmed?, its MAC → blocked, id, user's fields. Where the store has another id for the user, of their own or
    /// of another account, that was not confirmed: "confirm", whose it is, the id, MACs of id and unionid or "".
    static let record = RedisScript(
        0,
        """
        local ref, id, links, authoritative = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
        local unionid, key, sid, time, expiry = opt(ARGV[5]), opt(ARGV[6]), ARGV[7], ARGV[8], ARGV[9]
        local user, mac = P .. 'user:' .. ref, ARGV[10]
        local known = redis.call('HMGET', user, 'user_id', 'unionid', 'created_at', 'user_id_mac')
        if authoritative ~= '1' then
            local owner, there = ref, { known[1], known[4], false }
            if not known[1] and links == '1' and unionid then
                owner = redis.call('ZRANGE', P .. 'union:' .. unionid, 0, 0)[1]
                if owner then
                    there = redis.call('HMGET', P .. 'user:' .. owner, 'user_id', 'user_id_mac', 'unionid_mac')
                end
            end
            if there[1] and there[1] ~= id then
                if there[1] ~= opt(ARGV[12]) then
                    return { 'confirm', owner, there[1], there[2] or '', there[3] or '' }
                end
                id, mac = there[1], ARGV[13]
            end
        end
        if redis.call('HEXISTS', P .. 'blocked', id) == 1 then return { 1, id, row(user) } end
        if redis.call('EXISTS', P .. 'session:' .. sid) == 1 then
            return redis.error_reply('TAKEN that session is there')
        end
        local created = known[3] or time
        redis.call('HSET', user, 'created_at', created)
        rename(user, ref, known[1], id, mac)
        if unionid then link(user, ref, known[2], unionid, created, ARGV[11]) end
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

    /// session, reference, time, kids, end of tokens, unionid?, "keep", "forget" or "set", phone, MAC of the unionid, order,
    /// MACs of a change to the facts 0, 1, 2 and 3, then names of fields and their values → blocked, user's fields, the
    /// session's end, the order or "" where nothing changed, and facts; or null. "again" and the order to take, and nothing
    /// done, where the order is not a later one.
    static let update = RedisScript(
        2,
        """
        local sid, ref, time, kids, till, unionid = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], opt(ARGV[6])
        if not holds(sid, ref, time) then return false end
        local user = P .. 'user:' .. ref
        local before = facts(user, kids)
        local after = before
        for index = 15, #ARGV, 2 do
            if ARGV[index] == 'nickname' and before % 2 == 0 then after = after + 1 end
        end
        if ARGV[7] == 'forget' and before >= 2 then after = after - 2 end
        if ARGV[7] == 'set' and before < 2 then after = after + 2 end
        local order = ''
        if before ~= after then
            order = ARGV[10]
            local next = better('f', ref, order)
            if next then return { 'again', next } end
            change('f', ref, after, till, ARGV[11 + after], order)
        end
        for index = 15, #ARGV, 2 do redis.call('HSET', user, ARGV[index], ARGV[index + 1]) end
        if ARGV[7] == 'forget' then redis.call('HDEL', user, 'phone') end
        if ARGV[7] == 'set' then redis.call('HSET', user, 'phone', ARGV[8]) end
        if unionid then
            local known = redis.call('HMGET', user, 'unionid', 'created_at')
            if not known[1] then link(user, ref, false, unionid, known[2], ARGV[9]) end
        end
        local found = answer(sid, ref)
        if order ~= '' then trim() end
        return { found[1], found[2], found[3], order, after }
        """
    )

    /// time, then for each user reference, id, unionid?, MACs of id and unionid.
    static let importUsers = RedisScript(
        7,
        """
        for index = 2, #ARGV, 5 do
            local ref, id, unionid = ARGV[index], ARGV[index + 1], opt(ARGV[index + 2])
            local unionMAC = ARGV[index + 4]
            local user = P .. 'user:' .. ref
            local known = redis.call('HMGET', user, 'user_id', 'unionid', 'created_at')
            redis.call('HSETNX', user, 'created_at', ARGV[1])
            rename(user, ref, known[1], id, ARGV[index + 3])
            if unionid and (not known[2] or known[2] == unionid) then
                link(user, ref, known[2], unionid, known[3] or ARGV[1], unionMAC)
            end
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

    /// id, whether to block, when the change may be forgotten, order, MAC → the order; "again" and the order to take, and
    /// nothing done, where the order is not a later one.
    static let block = RedisScript(
        5,
        whenFull: true,
        """
        local blocks = ARGV[2] == '1'
        redis.call('HEXISTS', P .. 'blocked', ARGV[1])
        local next = better('b', ARGV[1], ARGV[4])
        if next then return { 'again', next } end
        change(blocks and 'b' or 'u', ARGV[1], '', ARGV[3], ARGV[5], ARGV[4])
        setBlocked(blocks, ARGV[1], ARGV[4], ARGV[5])
        trim()
        return ARGV[4]
        """
    )
}
