/// Sessions, and values that gateways share.
extension RedisScript {
    /// session, by the user, end of tokens, time, MAC → 0 or 1, the change's id. A session whose row cannot be read ends
    /// too.
    static let endSession = RedisScript(
        3,
        whenFull: true,
        """
        local sid = ARGV[1]
        local there = redis.pcall('HMGET', P .. 'session:' .. sid, 'user', 'expires_at')
        local isOpen = there[1] and (seconds(there[2]) or 0) > tonumber(ARGV[4])
        local id = change('e', sid, ARGV[2], ARGV[3], ARGV[5])
        close(sid)
        trim()
        return { isOpen and 1 or 0, id }
        """
    )

    /// id, time, end of tokens, by the user, whether to erase, kids, order, then "e" and a session or "f" and a user, and the
    /// MAC of its change → sessions and their changes' ids, users and the order. Where a MAC is missing, or the order is not
    /// later than all of these: "again", the order to take, the sessions, the users.
    static let endUser = RedisScript(
        4,
        whenFull: true,
        """
        local id, time, till, byUser, erases, kids = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4], ARGV[5], ARGV[6]
        local refs = redis.call('SMEMBERS', P .. 'ids:' .. id)
        local open, over, facing, unionids = {}, {}, {}, {}
        for _, ref in ipairs(refs) do
            local sessions = redis.call('ZRANGE', P .. 'sessions:' .. ref, 0, -1, 'WITHSCORES')
            for index = 1, #sessions, 2 do
                local list = tonumber(sessions[index + 1]) > time and open or over
                list[#list + 1] = sessions[index]
            end
            if erases == '1' then
                local user = P .. 'user:' .. ref
                if facts(user, kids) > 0 then facing[#facing + 1] = ref end
                unionids[ref] = redis.call('HGET', user, 'unionid')
            end
        end
        local macs, next, isKnown = { e = {}, f = {} }, nil, true
        for index = 8, #ARGV, 3 do macs[ARGV[index]][ARGV[index + 1]] = ARGV[index + 2] end
        for _, sid in ipairs(open) do isKnown = isKnown and macs.e[sid] ~= nil end
        for _, ref in ipairs(facing) do
            isKnown = isKnown and macs.f[ref] ~= nil
            local order = better('f', ref, next or ARGV[7])
            next = order or next
        end
        if next or not isKnown then return { 'again', next or ARGV[7], open, facing } end
        local ended, forgotten = {}, {}
        for _, sid in ipairs(open) do
            ended[#ended + 1] = sid
            ended[#ended + 1] = change('e', sid, byUser, till, macs.e[sid])
        end
        for _, ref in ipairs(facing) do
            forgotten[#forgotten + 1] = ref
            change('f', ref, 0, till, macs.f[ref], ARGV[7])
            forgotten[#forgotten + 1] = ARGV[7]
        end
        for _, list in ipairs({ open, over }) do
            for _, sid in ipairs(list) do redis.call('DEL', P .. 'session:' .. sid) end
        end
        for _, ref in ipairs(refs) do
            redis.call('DEL', P .. 'sessions:' .. ref)
            if erases == '1' then
                if unionids[ref] then redis.pcall('ZREM', P .. 'union:' .. unionids[ref], ref) end
                redis.call('DEL', P .. 'user:' .. ref)
            end
        end
        if erases == '1' then redis.call('DEL', P .. 'ids:' .. id) end
        trim()
        return { ended, forgotten }
        """
    )

    /// session, reference, time, token, its expiry, what it must outlive, kids → token, expiry; or null.
    static let renew = RedisScript(
        6,
        """
        if not holds(ARGV[1], ARGV[2], ARGV[3]) then return false end
        local session = P .. 'session:' .. ARGV[1]
        local expiry = tonumber(redis.call('HGET', session, 'expires_at'))
        if expiry < tonumber(ARGV[5]) then return false end
        local there = redis.call('HMGET', session, 'successor', 'successor_expires_at')
        if there[1] and #there[1] <= LARGEST and tonumber(there[2]) > tonumber(ARGV[6]) and tonumber(there[2]) <= expiry
            and string.find(ARGV[7], string.sub(there[1], 1, string.find(there[1], '.', 1, true)), 1, true) then
            return there
        end
        redis.call('HSET', session, 'successor', ARGV[4], 'successor_expires_at', ARGV[5])
        return { ARGV[4], ARGV[5] }
        """
    )

    /// key, value, seconds → the value that is there, or null.
    static let claim = RedisScript(
        9,
        """
        local there = redis.call('GET', P .. 'shared:' .. ARGV[1])
        if there and #there <= 4 * LARGEST then return there end
        redis.call('SET', P .. 'shared:' .. ARGV[1], ARGV[2], 'EX', ARGV[3])
        return false
        """
    )
}
