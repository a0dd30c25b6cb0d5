import NIOCore

/// Reads the stream of changes over a connection of its own, and sees to it that none is lost.
///
/// Everything here happens on the loop, which is why it may be handed around.
final class RedisFollower: @unchecked Sendable {
    private static let stream = "menshen:changes"
    private static let page = 1000
    /// Bytes of an entry, or of a row of who is blocked, that are read; and of a page.
    private static let (largestEntry, largestPage) = ("4096", "1048576")
    private static let blockMilliseconds: Int64 = 1000
    private static let restoredAtOnce = 200
    private static let purgeSeconds: Int64 = 60
    /// However many changes come, the data are looked at so often.
    private static let epochInterval = TimeAmount.seconds(2)

    private let link: RedisLink
    private let keyring: SessionKeyring
    private let clock: @Sendable () -> Int64
    private let onStateChange: (Bool, RedisStoreEvent.Loss?) -> Void
    private let log: @Sendable (RedisStoreEvent) -> Void
    private var ledger = ChangeLedger()
    private var reading: StreamReading?
    /// Whether pages are bounded by bytes too. That takes the server 8 times as long, so it is done only after a page that
    /// was too large, or took too long.
    private var isCareful = false
    /// Rows that nobody here wrote, and that were not told yet.
    private var ignored = 0
    /// Names this follower's mark at the server.
    private let name = RedisFollower.word()
    private var observer: (@Sendable ([SessionChange]) -> Void)?
    private var hasAgreed = false
    private var nextPurge: Int64 = 0
    private var nextEpochCheck = NIODeadline.uptimeNanoseconds(0)

    /// - Parameter isUpChanged: called with true when this gateway and the server agree, with false when the server is
    ///   away.
    init(
        _ address: RedisAddress,
        loop: any EventLoop,
        keyring: SessionKeyring,
        clock: @escaping @Sendable () -> Int64,
        log: @escaping @Sendable (RedisStoreEvent) -> Void,
        onStateChange: @escaping (Bool, RedisStoreEvent.Loss?) -> Void
    ) {
        link = RedisLink(address, loop: loop, patience: .milliseconds(Self.blockMilliseconds))
        self.keyring = keyring
        self.clock = clock
        self.log = log
        self.onStateChange = onStateChange
    }

    func start() {
        link.start { isUp, loss in
            if isUp { return self.begin() }
            if loss == .malformed || loss == .timeout { self.isCareful = true }
            self.onStateChange(false, loss)
        }
    }

    func stop() {
        observer = nil
        link.abandon()
    }

    /// Ends the connection: its server is not the one to follow.
    func drop(_ loss: RedisStoreEvent.Loss) { link.drop(loss) }

    func follow(_ observer: @escaping @Sendable ([SessionChange]) -> Void) {
        self.observer = observer
        if hasAgreed { observer(ledger.changes(at: clock())) }
    }

    /// Changes of this gateway's own, as they were answered: they are known from then on, whatever becomes of the server.
    func note(_ entries: [ChangeEntry]) {
        publish(entries.compactMap { ledger.note($0, from: .request) })
    }

    /// Those of these that no later change, perhaps of another gateway, has overtaken.
    func newest(_ entries: [ChangeEntry]) -> [SessionChange] {
        entries.filter { ledger.isNewest($0) }.map(\.change)
    }

    private func publish(_ changes: [SessionChange]) {
        // Before the first agreement the observer has to be told everything at once.
        if hasAgreed, !changes.isEmpty { observer?(changes) }
    }

    private func send(_ command: RedisCommand, _ then: @escaping (RESPValue) -> Void) {
        link.send(command) { result in
            // What fails has ended the connection; the next one begins anew.
            guard case .success(let reply) = result else { return }
            if let kind = reply.errorKind { return self.link.drop(.refused(kind: kind)) }
            then(reply)
        }
    }

    // MARK: - Agreeing

    private static func word() -> String {
        var generator = SystemRandomNumberGenerator()
        return String(generator.next(), radix: 36) + String(generator.next(), radix: 36)
    }

    private func begin() {
        send(RedisCommand("EVAL", RedisScript.begin.text, "0", Self.word(), name)) { reply in
            guard let greeting = StreamGreeting(reply) else { return self.link.drop(.malformed) }
            self.reading = self.ledger.reading(greeting) { [keyring = self.keyring] in keyring.verdict($0, $1) }
            self.readBlocked(from: "0")
        }
    }

    private func readBlocked(from cursor: String) {
        send(RedisCommand("EVAL", RedisScript.blocked.text, "0", cursor, Self.largestEntry)) { reply in
            guard let next = self.reading?.takeBlocked(reply) else { return self.link.drop(.malformed) }
            if next == "0" { self.readPage() } else { self.readBlocked(from: next) }
        }
    }

    /// The reading stays where it is: a copy of it for every page would make catching up quadratic.
    private func readPage() {
        guard let start = reading?.start else { return link.drop(.malformed) }
        if isCareful {
            let text = RedisScript.page.text
            send(RedisCommand("EVAL", text, "0", start, Self.largestEntry, Self.largestPage)) { reply in
                guard let parts = reply.array, parts.count == 2 else { return self.link.drop(.malformed) }
                self.take(parts[1].array, isLast: parts[0].integer == 1)
            }
        } else {
            send(RedisCommand("XRANGE", Self.stream, start, "+", "COUNT", String(Self.page))) { reply in
                self.take(reply.array, isLast: (reply.array?.count ?? 0) < Self.page)
            }
        }
    }

    private func take(_ entries: [RESPValue]?, isLast: Bool) {
        guard let entries else { return link.drop(.malformed) }
        for entry in entries where reading?.take(entry) != true { return link.drop(.malformed) }
        if isLast { agree() } else { readPage() }
    }

    private func agree() {
        guard let reading else { return link.drop(.malformed) }
        self.reading = nil
        isCareful = false
        ignored += reading.ignored
        reportIgnored()
        let time = clock()
        let agreement = ledger.agree(with: reading, at: time)
        if hasAgreed {
            publish(agreement.unpublished)
        } else {
            hasAgreed = true
            observer?(ledger.changes(at: time))
        }
        restore(agreement.restore[...], last: reading.last?.text ?? "")
    }

    private func restore(_ entries: ArraySlice<ChangeEntry>, last: String, restored: Int = 0) {
        guard !entries.isEmpty else {
            if restored > 0 { log(.restored(changes: restored)) }
            ledger.settle(at: clock())
            onStateChange(true, nil)
            return checkEpoch()
        }
        let chunk = entries.prefix(Self.restoredAtOnce)
        var command = RedisCommand("EVAL", RedisScript.restore.text, "0", last)
        for entry in chunk {
            command.append(contentsOf: entry.arguments(at: clock()))
            // Without a MAC nobody takes the entry; this gateway tries again with its next connection.
            command.append((try? keyring.mac(entry.statement)) ?? [])
        }
        send(command) { reply in
            // Something was added meanwhile, perhaps by another gateway that restores the same.
            guard let last = reply.text else { return self.begin() }
            self.restore(entries.dropFirst(chunk.count), last: last, restored: restored + chunk.count)
        }
    }

    // MARK: - Listening

    private func listen() {
        let command = RedisCommand(
            "XREAD",
            "COUNT",
            String(Self.page),
            "BLOCK",
            String(Self.blockMilliseconds),
            "STREAMS",
            Self.stream,
            (ledger.cursor ?? .zero).text
        )
        send(command) { reply in
            self.ledger.follow(at: self.clock())
            self.purge()
            guard let streams = reply.array else { return self.checkEpoch() }
            guard let entries = streams.first?.array?.last?.array else { return self.link.drop(.malformed) }
            var changes: [SessionChange] = []
            for entry in entries {
                guard let (id, fields) = entry.streamEntry else { return self.link.drop(.malformed) }
                self.ledger.advance(to: id)
                guard let (record, subject, mac) = StreamRecord.read(id, fields),
                    self.keyring.verdict(mac, .change(record, subject: subject)) != .invalid,
                    let entry = ChangeEntry(record, subject: subject)
                else {
                    self.ignored += 1
                    continue
                }
                if let change = self.ledger.note(entry, from: .stream) { changes.append(change) }
            }
            self.publish(changes)
            self.reportIgnored()
            if NIODeadline.now() >= self.nextEpochCheck { self.checkEpoch() } else { self.listen() }
        }
    }

    /// Whether the data are still those that were agreed on: they may have been flushed under a connection that lasts. If
    /// they are, they get a mark, so that the next connection goes on from here.
    private func checkEpoch() {
        nextEpochCheck = .now() + Self.epochInterval
        let mark = ledger.mark(at: clock())?.text ?? ""
        var command = RedisCommand("EVAL", RedisScript.check.text, "0")
        command.append(ledger.epoch ?? [])
        command.append(contentsOf: RedisCommand(name, mark, String(ChangeLedger.markSeconds)))
        send(command) { reply in
            if reply.integer == 1 { self.listen() } else { self.begin() }
        }
    }

    private func purge() {
        let time = clock()
        guard time >= nextPurge else { return }
        nextPurge = time + Self.purgeSeconds
        ledger.purge(at: time)
    }

    private func reportIgnored() {
        guard ignored > 0 else { return }
        log(.ignored(rows: ignored))
        ignored = 0
    }
}
