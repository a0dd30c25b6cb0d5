import RandomJSON
import Testing

@testable import Sessions

/// A server as the scripts leave it, without ends: a value, so that a former state is a copy.
private struct ModelServer {
    var epoch: UInt8 = 0
    var last = StreamID.zero
    var stream: [ChangeEntry.Subject: (id: StreamID, entry: ChangeEntry)] = [:]
    var blocked: [ChangeEntry.Subject: ChangeEntry] = [:]
    var marks: [Int: ReadMark] = [:]

    mutating func add(_ kind: SessionChange.Kind, until: Int64?, order: StreamID? = nil, at time: UInt64)
        -> StreamID
    {
        let next = StreamID(milliseconds: max(last.milliseconds, time), number: last.number + 1)
        let id = order.map { $0 > last ? $0 : next } ?? next
        let entry = ChangeEntry(SessionChange(kind, until: until), order ?? id)
        last = id
        stream[entry.subject] = (id, entry)
        switch kind {
        case .userBlocked: blocked[entry.subject] = entry
        case .userUnblocked: if order == nil { blocked[entry.subject] = nil }
        case .sessionEnded, .userKnown: break
        }
        return id
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

@Suite("Nothing known is lost by going on from a mark")
struct ChangeLedgerModelTests {
    private struct Gateway {
        var ledger = ChangeLedger()
        var isConnected = false
    }

    private static let gateways = 3

    private func kind(_ generator: inout some RandomNumberGenerator) -> SessionChange.Kind {
        let subject = String(Int.random(in: 0..<6, using: &generator))
        return switch Int.random(in: 0..<4, using: &generator) {
        case 0: .sessionEnded(sessionID: subject, byUser: true)
        case 1: .userBlocked(userID: subject)
        case 2: .userUnblocked(userID: subject)
        default: .userKnown(UserKey(appID: "a", openid: subject), Bool.random(using: &generator) ? .phone : [])
        }
    }

    /// The gateway reads the server's entries, all of them or on from its mark.
    private func agreement(
        of ledger: inout ChangeLedger,
        with server: ModelServer,
        _ greeting: StreamGreeting
    ) -> ChangeLedger.Agreement {
        var reading = ledger.reading(greeting)
        for (id, entry) in server.entries(after: reading.mark?.cursor ?? .zero) {
            var fields = ["k", "s", "v", "t"].map { RESPValue.string(Array($0.utf8)) }
            fields = zip(fields, entry.words.words.dropFirst()).flatMap { [$0, .string($1)] }
            fields += [.string([UInt8(ascii: "o")]), .string(Array(entry.order.text.utf8))]
            let isTaken = reading.take(.array([.string(Array(id.text.utf8)), .array(fields)]))
            #expect(isTaken)
        }
        return ledger.agree(with: reading, at: 0)
    }

    /// The latest of what the gateway and the server know; nothing of it may be lost.
    private func merged(_ known: [ChangeEntry], _ server: ModelServer) -> [ChangeEntry.Subject: ChangeEntry] {
        var merged: [ChangeEntry.Subject: ChangeEntry] = [:]
        for entry in known + server.stream.values.map(\.entry) + server.blocked.values {
            if let present = merged[entry.subject], present.order >= entry.order { continue }
            merged[entry.subject] = entry
        }
        return merged
    }

    /// Connects the gateway.
    ///
    /// - Returns: what is wrong after it; nil where all is as it should be.
    private func connect(_ number: Int, _ gateway: inout Gateway, to server: inout ModelServer, at time: UInt64)
        -> String?
    {
        let greeting = server.greeting(number)
        let isMarked = gateway.ledger.reading(greeting).mark != nil
        let expected = merged(gateway.ledger.entries, server)
        let agreement = agreement(of: &gateway.ledger, with: server, greeting)
        for entry in agreement.restore {
            _ = server.add(entry.change.kind, until: entry.change.until, order: entry.order, at: time)
        }
        gateway.isConnected = true
        let known = merged(gateway.ledger.entries, ModelServer())
        let there = merged([], server)
        for (subject, entry) in expected {
            // Without a mark a block that the server got past may have been lifted longer ago than the stream tells.
            if case .block = subject, !isMarked { continue }
            if case .userUnblocked = entry.change.kind {
                // Of a user who is not blocked nothing may be known.
                if case .userBlocked = known[subject]?.change.kind { return "blocked again: \(entry)" }
                continue
            }
            if known[subject]?.order != entry.order { return "not known: \(entry)" }
            if there[subject]?.order != entry.order { return "not at the server: \(entry)" }
        }
        return agreement.restore.isEmpty || agreement.restore.allSatisfy { known[$0.subject] == $0 } ? nil : "restored"
    }

    @Test("whatever was changed, lost and marked before", arguments: 0..<100)
    func random(_ round: Int) {
        var generator = SeededGenerator()
        var server = ModelServer()
        var past = [server]
        var gateways = [Gateway](repeating: Gateway(), count: Self.gateways)
        for step in 0..<600 {
            let number = Int.random(in: 0..<Self.gateways, using: &generator)
            switch Int.random(in: 0..<20, using: &generator) {
            case 0..<9:
                let kind = kind(&generator)
                let until: Int64? = if case .userBlocked = kind { nil } else { 100 }
                let id = server.add(kind, until: until, at: UInt64(step))
                if gateways[number].isConnected {
                    _ = gateways[number].ledger.note(ChangeEntry(SessionChange(kind, until: until), id))
                }
            case 9..<13 where gateways[number].isConnected:
                for (id, entry) in server.entries(after: gateways[number].ledger.cursor ?? .zero) {
                    gateways[number].ledger.advance(to: id)
                    _ = gateways[number].ledger.note(entry)
                }
            case 13..<15 where gateways[number].isConnected:
                if let mark = gateways[number].ledger.mark(at: 0) { server.marks[number] = mark }
            case 15: gateways[number].isConnected = false
            case 16 where Int.random(in: 0..<3, using: &generator) == 0:
                if Int.random(in: 0..<4, using: &generator) == 0 {
                    server = ModelServer(epoch: server.epoch &+ 1)
                    past = []
                } else if let copy = past.randomElement(using: &generator) {
                    server = copy
                }
                for index in gateways.indices { gateways[index].isConnected = false }
            case 17: past.append(server)
            default:
                guard !gateways[number].isConnected else { break }
                let fault = connect(number, &gateways[number], to: &server, at: UInt64(step))
                #expect(fault == nil, "seed \(generator.seed), step \(step)")
                guard fault == nil else { return }
            }
        }
    }
}
