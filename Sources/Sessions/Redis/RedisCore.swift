import NIOCore

/// The two connections of a store: one for requests, one for the stream of changes.
///
/// Everything here happens on the loop, which is why it may be handed around.
final class RedisCore: @unchecked Sendable {
    private static let probeInterval = TimeAmount.seconds(1)

    let health: RedisHealth
    private let link: RedisLink
    private let log: @Sendable (RedisStoreEvent) -> Void
    private var follower: RedisFollower?
    /// What the server calls the scripts; the texts are sent until it is known.
    private var digests = [[UInt8]?](repeating: nil, count: RedisScript.all.count)
    private var isLossReported = false
    /// Why the server refuses writes; nil while it takes them.
    private var refusal: String?
    private let keyring: SessionKeyring
    /// The order for the next change that needs one.
    private var order = StreamID.zero

    init(
        _ address: RedisAddress,
        loop: any EventLoop,
        keyring: SessionKeyring,
        health: RedisHealth,
        capacity: Int,
        log: @escaping @Sendable (RedisStoreEvent) -> Void
    ) {
        self.keyring = keyring
        self.health = health
        self.log = { event in
            if case .ignored(let rows) = event { health.note(ignored: rows) }
            log(event)
        }
        link = RedisLink(address, loop: loop, capacity: capacity)
    }

    func start(_ address: RedisAddress, clock: @escaping @Sendable () -> Int64) {
        let follower = RedisFollower(address, loop: link.loop, keyring: keyring, clock: clock, log: log) { isUp, loss in
            self.health.note(deliversChanges: isUp)
            self.report(loss)
        }
        self.follower = follower
        link.start { isUp, loss in
            self.health.note(acceptsRequests: isUp)
            self.report(loss)
            if isUp { self.prepare() }
        }
        follower.start()
    }

    func stop(_ done: @escaping () -> Void) {
        follower?.stop()
        follower = nil
        link.stop(done)
    }

    func follow(_ observer: @escaping @Sendable ([SessionChange]) -> Void) { follower?.follow(observer) }

    func note(_ entries: [ChangeEntry]) { follower?.note(entries) }

    /// What of these the caller may tell on: where a later change has been told, an earlier one must not follow it.
    func newest(_ entries: [ChangeEntry]) -> [SessionChange] { follower?.newest(entries) ?? entries.map(\.change) }

    func after(
        milliseconds: Int64,
        _ work: @escaping @Sendable () -> Void,
        orElse stopped: @escaping @Sendable () -> Void
    ) {
        let task = link.loop.scheduleTask(in: .milliseconds(milliseconds)) { work() }
        task.futureResult.whenFailure { _ in stopped() }
    }

    func run(_ script: RedisScript, _ arguments: RedisCommand, _ completion: @escaping RedisLink.Completion) {
        guard let digest = digests[script.number] else { return evaluate(script, arguments, completion) }
        var command = RedisCommand("EVALSHA")
        command.append(digest)
        command.append("0")
        command.append(contentsOf: arguments)
        link.send(command) { result in
            if case .success(let reply) = result, reply.errorKind == "NOSCRIPT" {
                return self.evaluate(script, arguments, completion)
            }
            self.finish(result, completion)
        }
    }

    /// Runs a script that makes changes with an order, which their MACs hold: only the server knows an order that is the
    /// latest, so the script asks for another one where this one is not, and does nothing else then.
    ///
    /// - Parameters:
    ///   - arguments: the script's, for an order and what the script asked for; nil where they cannot be signed.
    ///   - tries: each may be overtaken by a change of the same subject from another gateway.
    func run(
        _ script: RedisScript,
        tries: Int = 16,
        asked: RESPValue? = nil,
        _ arguments: @escaping (StreamID, RESPValue?) -> RedisCommand?,
        _ completion: @escaping RedisLink.Completion
    ) {
        guard let command = arguments(order, asked) else { return completion(.failure(.sealing)) }
        order = order.next
        run(script, command) { result in
            guard case .success(let reply) = result, let parts = reply.array, parts.count >= 2,
                parts[0].text == "again", let next = parts[1].bytes.flatMap({ StreamID($0) })
            else { return completion(result) }
            guard tries > 1 else { return completion(.failure(.overloaded)) }
            // Of several that were sent at once, each gets an order of its own.
            if next > self.order || next.milliseconds < self.order.milliseconds { self.order = next }
            self.run(script, tries: tries - 1, asked: reply, arguments, completion)
        }
    }

    /// Rows that no gateway wrote, and that a request found.
    func ignore(rows: Int) { log(.ignored(rows: rows)) }

    func send(_ command: RedisCommand, _ completion: @escaping RedisLink.Completion) {
        link.send(command) { self.finish($0, completion) }
    }

    private func evaluate(
        _ script: RedisScript,
        _ arguments: RedisCommand,
        _ completion: @escaping RedisLink.Completion
    ) {
        var command = RedisCommand("EVAL", script.text, "0")
        command.append(contentsOf: arguments)
        send(command, completion)
    }

    private func finish(_ result: Result<RESPValue, SessionStoreError>, _ completion: RedisLink.Completion) {
        guard case .success(let reply) = result, let kind = reply.errorKind else { return completion(result) }
        if let (kind, words) = reply.refusal {
            note(refusal: kind, words)
        } else if kind != "TAKEN" {
            log(.failed(kind: kind))
        }
        completion(.failure(.unreachable))
    }

    private func note(refusal kind: String, _ words: String) {
        let former = refusal
        refusal = kind
        health.note(refused: true)
        if former != kind { log(.refuses(kind: kind, words: words)) }
        // The server became a replica; the address may lead to another one by now.
        if kind == "READONLY" {
            link.drop(.refused(kind: kind))
            follower?.drop(.refused(kind: kind))
        }
        if former == nil { setProbe() }
    }

    /// Looks in a second whether the server takes writes again. Reads, and scripts that end something, go through at a
    /// server that refuses all else, so what requests get does not tell.
    private func setProbe() {
        link.loop.scheduleTask(in: Self.probeInterval) {
            self.link.send(RedisCommand("SET", "menshen:probe", "1", "EX", "60")) { result in
                switch result {
                case .failure(.stopped): return
                case .failure: break
                case .success(let reply):
                    if let (kind, words) = reply.refusal {
                        self.note(refusal: kind, words)
                    } else {
                        self.refusal = nil
                        self.health.note(refused: false)
                        return self.log(.accepts)
                    }
                }
                self.setProbe()
            }
        }
    }

    private func prepare() {
        for script in RedisScript.all where digests[script.number] == nil {
            link.send(RedisCommand("SCRIPT", "LOAD", script.text)) { result in
                if case .success(let reply) = result, let digest = reply.bytes { self.digests[script.number] = digest }
            }
        }
        link.send(RedisCommand("INFO", "memory")) { result in
            guard case .success(let reply) = result, let info = reply.text else { return }
            for line in info.split(whereSeparator: \.isNewline) where line.hasPrefix("maxmemory_policy:") {
                let policy = line.dropFirst("maxmemory_policy:".count).prefix(32)
                if policy != "noeviction" { self.log(.evicts(policy: String(policy))) }
            }
        }
    }

    private func report(_ loss: RedisStoreEvent.Loss?) {
        if let loss {
            if !isLossReported { log(health.wasSeen ? .lost(loss) : .absent(loss)) }
            isLossReported = true
        } else if health.isHealthy {
            isLossReported = false
            log(.connected)
        }
    }
}
