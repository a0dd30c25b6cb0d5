import RandomJSON
import Testing

@testable import Sessions

/// A server as the scripts leave it: a value, so that a former state is a copy.
private struct ModelServer {
    var epoch: UInt8 = 0
    var last = StreamID.zero
    var stream: [ChangeEntry.Subject: (id: StreamID, entry: ChangeEntry)] = [:]
    var blocked: [ChangeEntry.Subject: ChangeEntry] = [:]
    var marks: [Int: ReadMark] = [:]

    /// - Parameter order: of a change that is restored.
    /// - Returns: the order of the change.
    mutating func add(_ kind: SessionChange.Kind, until: Int64?, order: StreamID? = nil, at time: UInt64)
        -> StreamID
    {
        let next = StreamID(milliseconds: max(last.milliseconds, time), number: last.number + 1)
        let id = order.map { $0 > last ? $0 : next } ?? next
        let change = SessionChange(kind, until: until)
        let subject = ChangeEntry(change, id).subject
        var own = id
        // An end has its entry's id; the others have what was signed before: later than the former one, and no later.
        if case .session = subject {
        } else {
            let start = StreamID(milliseconds: id.milliseconds, number: 0)
            own = stream[subject].map { max($0.entry.order.next, start) } ?? start
        }
        let entry = ChangeEntry(change, order ?? own)
        last = id
        stream[subject] = (id, entry)
        switch kind {
        case .userBlocked: blocked[entry.subject] = entry
        case .userUnblocked: blocked[entry.subject] = nil
        case .sessionEnded, .userKnown: break
        }
        return entry.order
    }

    func greeting(_ gateway: Int) -> StreamGreeting {
        StreamGreeting(
            epoch: [epoch],
            last: last == .zero ? nil : last,
            blocked: Array(blocked.values),
            mark: marks[gateway]
        )
    }

    func entries(after id: StreamID) -> [(id: StreamID, entry: ChangeEntry)] {
        stream.values.filter { $0.id > id }.sorted { $0.id < $1.id }
    }
}

/// A gateway's ledger, and what its workers were told.
private struct ModelGateway {
    let number: Int
    var ledger = ChangeLedger()
    var isConnected = false
    private var hasAgreed = false
    private var told: [ChangeEntry.Subject: SessionChange] = [:]
    /// What has to be known, here and at the server, when the gateway is connected again.
    private var owed: [ChangeEntry.Subject: ChangeEntry] = [:]

    init(_ number: Int) { self.number = number }

    mutating func note(_ entry: ChangeEntry, from source: ChangeLedger.Source) {
        if let change = ledger.note(entry, from: source), hasAgreed { publish([change]) }
    }

    private mutating func publish(_ changes: [SessionChange]) {
        for change in changes {
            let subject = ChangeEntry(change, .zero).subject
            if case .userUnblocked = change.kind { told[subject] = nil } else { told[subject] = change }
        }
    }

    mutating func listen(to server: ModelServer) {
        for (id, entry) in server.entries(after: ledger.cursor ?? .zero) {
            ledger.advance(to: id)
            note(entry, from: .stream)
        }
    }

    /// Sets a mark, unless these are other data than those agreed on.
    mutating func check(_ server: inout ModelServer) {
        let mark = ledger.mark(at: 0)
        if ledger.epoch != [server.epoch] { isConnected = false } else if let mark { server.marks[number] = mark }
    }

    /// The latest of changes by subject.
    private static func latest(_ entries: some Sequence<ChangeEntry>) -> [ChangeEntry.Subject: ChangeEntry] {
        Dictionary(entries.map { ($0.subject, $0) }) { $0.order >= $1.order ? $0 : $1 }
    }

    /// Agrees with the server and restores what it lacks, or the first `part` of that and is cut off then.
    ///
    /// - Returns: what is wrong after it; nil where all is as it should be.
    mutating func connect(to server: inout ModelServer, part: Int?, at time: UInt64) -> String? {
        let there = server.stream.values.map(\.entry) + server.blocked.values
        owed = Self.latest(Array(owed.values) + ledger.entries + there)
        var reading = ledger.reading(server.greeting(number), trusting)
        for (id, entry) in server.entries(after: reading.mark?.cursor ?? .zero) {
            guard reading.take(entry.reply(id)) else { return "no entry: \(entry)" }
        }
        let agreement = ledger.agree(with: reading, at: 0)
        publish(hasAgreed ? agreement.unpublished : ledger.changes(at: 0))
        hasAgreed = true
        for entry in agreement.restore.prefix(part ?? .max) {
            _ = server.add(entry.change.kind, until: entry.change.until, order: entry.order, at: time)
        }
        if let part, part < agreement.restore.count { return nil }
        ledger.settle(at: 0)
        isConnected = true
        defer { owed = [:] }
        return fault(server)
    }

    private func fault(_ server: ModelServer) -> String? {
        let known = Self.latest(ledger.entries)
        for (subject, entry) in owed {
            if case .userUnblocked = entry.change.kind {
                // Of a user who is not blocked nothing may be known.
                if case .userBlocked = known[subject]?.change.kind { return "blocked again: \(entry)" }
                if server.blocked[subject] != nil { return "blocked again at the server: \(entry)" }
                continue
            }
            if known[subject]?.order != entry.order { return "not known: \(entry)" }
            if server.stream[subject]?.entry.order != entry.order { return "not at the server: \(entry)" }
            if case .block = subject, server.blocked[subject] == nil { return "not blocked: \(entry)" }
        }
        let changes = ledger.changes(at: 0)
        let isTold = changes.count == told.count && changes.allSatisfy { told[ChangeEntry($0, .zero).subject] == $0 }
        return isTold ? nil : "told \(told.values), not \(changes)"
    }
}

@Suite("Nothing known is lost, whatever the server loses")
struct ChangeLedgerModelTests {
    private func kind(_ generator: inout some RandomNumberGenerator) -> SessionChange.Kind {
        let subject = String(Int.random(in: 0..<6, using: &generator))
        return switch Int.random(in: 0..<4, using: &generator) {
        case 0: .sessionEnded(sessionID: subject, byUser: true)
        case 1: .userBlocked(userID: subject)
        case 2: .userUnblocked(userID: subject)
        default: .userKnown(UserKey(appID: "a", openid: subject), Bool.random(using: &generator) ? .phone : [])
        }
    }

    /// A change by one gateway; now and then a server answers that nobody follows any more.
    private func change(
        by gateway: inout ModelGateway,
        at server: inout ModelServer,
        _ time: UInt64,
        _ generator: inout some RandomNumberGenerator
    ) {
        let kind = kind(&generator)
        let until: Int64? =
            switch kind {
            case .userBlocked, .userUnblocked: nil
            case .sessionEnded, .userKnown: Int64.random(in: 50..<100, using: &generator)
            }
        var ghost = server
        let isGhost = Int.random(in: 0..<10, using: &generator) == 0
        let id = isGhost ? ghost.add(kind, until: until, at: time) : server.add(kind, until: until, at: time)
        if isGhost || Bool.random(using: &generator) {
            gateway.note(ChangeEntry(SessionChange(kind, until: until), id), from: .request)
            // Another server's answer is an entry of the stream only once it is restored.
            if isGhost { gateway.isConnected = false }
        }
    }

    @Test("and whatever was changed, marked, cut off and half restored before", arguments: 0..<100)
    func random(_ round: Int) {
        var generator = SeededGenerator()
        var server = ModelServer()
        var past = [server]
        var gateways = (0..<3).map { ModelGateway($0) }
        for step in 0..<600 {
            let (number, time) = (Int.random(in: gateways.indices, using: &generator), UInt64(step))
            switch Int.random(in: 0..<20, using: &generator) {
            case 0..<9 where gateways[number].isConnected:
                change(by: &gateways[number], at: &server, time, &generator)
            case 9..<13 where gateways[number].isConnected: gateways[number].listen(to: server)
            case 13..<15 where gateways[number].isConnected: gateways[number].check(&server)
            case 15: gateways[number].isConnected = false
            case 16 where Int.random(in: 0..<3, using: &generator) == 0:
                if Int.random(in: 0..<3, using: &generator) == 0 {
                    // Flushed under connections that last.
                    server = ModelServer(epoch: server.epoch &+ 1)
                    past = []
                } else if let copy = past.randomElement(using: &generator) {
                    server = copy
                    for index in gateways.indices { gateways[index].isConnected = false }
                }
            case 17: past.append(server)
            default:
                guard !gateways[number].isConnected else { break }
                let isCut = Int.random(in: 0..<3, using: &generator) == 0
                let part = isCut ? Int.random(in: 0..<3, using: &generator) : nil
                let fault = gateways[number].connect(to: &server, part: part, at: time)
                #expect(fault == nil, "seed \(generator.seed), step \(step)")
                guard fault == nil else { return }
            }
        }
    }
}

/// For entries that no key signed.
let trusting: StreamReading.Verdict = { _, _ in .current }

extension ChangeEntry {
    /// As XRANGE replies.
    func reply(_ id: StreamID) -> RESPValue {
        let names = ["k", "s", "v", "t"]
        var fields = zip(names, arguments(at: 0).arguments.dropFirst()).flatMap {
            [.string(Array($0.utf8)), .string($1)] as [RESPValue]
        }
        fields += [.string([UInt8(ascii: "o")]), .string(Array(order.text.utf8))]
        return .array([.string(Array(id.text.utf8)), .array(fields)])
    }
}
