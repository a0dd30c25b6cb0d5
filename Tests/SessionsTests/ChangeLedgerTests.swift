import Testing

@testable import Sessions

@Suite("Agreeing with a server that was away")
struct ChangeLedgerTests {
    private func entry(_ kind: SessionChange.Kind, until: Int64? = 1000, _ order: UInt64) -> ChangeEntry {
        ChangeEntry(SessionChange(kind, until: until), StreamID(milliseconds: order, number: 0))
    }

    private func ended(_ session: String, until: Int64 = 1000, _ order: UInt64) -> ChangeEntry {
        entry(.sessionEnded(sessionID: session, byUser: true), until: until, order)
    }

    private func blocked(_ user: String, _ order: UInt64) -> ChangeEntry {
        entry(.userBlocked(userID: user), until: nil, order)
    }

    private func freed(_ user: String, _ order: UInt64) -> ChangeEntry {
        entry(.userUnblocked(userID: user), until: nil, order)
    }

    private func greeting(
        _ epoch: UInt8 = 1,
        last: UInt64?,
        _ blocked: [ChangeEntry] = [],
        mark: ReadMark? = nil
    ) -> StreamGreeting {
        .init(epoch: [epoch], last: last.map { StreamID(milliseconds: $0, number: 0) }, blocked: blocked, mark: mark)
    }

    /// A ledger that read those entries.
    private func ledger(_ entries: [ChangeEntry], _ blocked: [ChangeEntry] = []) -> ChangeLedger {
        var ledger = ChangeLedger()
        let last = entries.last?.order
        _ = ledger.agree(with: StreamGreeting(epoch: [1], last: last, blocked: blocked), stream: entries, at: 0)
        return ledger
    }

    @Test("a later change takes the place of an earlier one, and not the other way round")
    func order() {
        var ledger = ChangeLedger()
        let user = UserKey(appID: "a", openid: "b")
        #expect(ledger.note(entry(.userKnown(user, .profile), 5), from: .request) != nil)
        #expect(ledger.note(entry(.userKnown(user, []), 4), from: .request) == nil)
        #expect(ledger.note(entry(.userKnown(user, .profile), 5), from: .request) == nil)
        #expect(ledger.note(entry(.userKnown(user, [.profile, .phone]), 6), from: .request) != nil)
        #expect(ledger.note(blocked("u", 7), from: .request) != nil)
        #expect(ledger.note(freed("u", 8), from: .request) != nil)
        #expect(ledger.note(blocked("u", 7), from: .request) == nil)
        #expect(ledger.changes(at: 0) == [SessionChange(.userKnown(user, [.profile, .phone]), until: 1000)])
        #expect(ledger.changes(at: 1000) == [])
    }

    @Test("a change is the newest until a later one of its subject is known")
    func newest() {
        var ledger = ledger([])
        let (block, release) = (blocked("u", 5), freed("u", 6))
        #expect(ledger.isNewest(block), "nothing is known")
        _ = ledger.note(block, from: .request)
        #expect(ledger.isNewest(block))
        _ = ledger.note(release, from: .request)
        #expect(!ledger.isNewest(block) && ledger.isNewest(release))
        #expect(ledger.isNewest(blocked("v", 1)), "another's")
    }

    @Test("what was missed is told, what is known is not told again")
    func missed() {
        var ledger = ledger([ended("a", 1)])
        let stream = [ended("a", 1), ended("b", 2), ended("old", until: 5, 3), freed("u", 4)]
        let agreement = ledger.agree(with: greeting(last: 4), stream: stream, at: 10)
        #expect(
            agreement.unpublished.count == 2
                && [stream[1], stream[3]].allSatisfy { agreement.unpublished.contains($0.change) }
        )
        #expect(agreement.restore == [])
        #expect(ledger.cursor == stream[3].order)
    }

    @Test("what the server lost is given to it, oldest first, but for what has ended")
    func lost() {
        var ledger = ledger([ended("b", 2), ended("a", 1), ended("old", until: 5, 3), blocked("u", 4), freed("v", 5)])
        let agreement = ledger.agree(with: greeting(2, last: nil), stream: [], at: 10)
        #expect(agreement.unpublished == [])
        #expect(agreement.restore == [ended("a", 1), ended("b", 2), blocked("u", 4)])
        #expect(ledger.cursor == .zero)
    }

    @Test("an older copy: known by the stream's last id")
    func older() {
        var ledger = ledger([ended("a", 1), blocked("u", 4)])
        let agreement = ledger.agree(with: greeting(last: 1), stream: [ended("a", 1)], at: 10)
        #expect(agreement.restore == [blocked("u", 4)])
    }

    @Test("a change answered and not read is given to a server that lost it, whatever was added since")
    func answered() {
        var ledger = ledger([ended("a", 1)])
        _ = ledger.note(ended("mine", 2), from: .request)
        let stream = [ended("a", 1), ended("others", 9)]
        let agreement = ledger.agree(with: greeting(last: 9), stream: stream, at: 10)
        #expect(agreement.restore == [ended("mine", 2)])
        #expect(agreement.unpublished == [stream[1].change])
    }

    @Test("released while the gateway was away for longer than the stream remembers")
    func freedUnseen() {
        var ledger = ledger([blocked("u", 4)], [blocked("v", 3)])
        let time = ChangeEntry.blockSeconds
        let agreement = ledger.agree(with: greeting(last: 9, [blocked("v", 3)]), stream: [], at: time)
        #expect(agreement.unpublished == [SessionChange(.userUnblocked(userID: "u"), until: nil)])
        #expect(agreement.restore == [])
        #expect(ledger.changes(at: time) == [blocked("v", 3).change])
    }

    @Test("a block that the server does not have and whose release it does not tell is given to it, within a day")
    func blockLost() {
        for time: Int64 in [10, ChangeEntry.blockSeconds - 7200] {
            var ledger = ledger([blocked("u", 4)])
            let agreement = ledger.agree(with: greeting(last: 9), stream: [ended("later", 9)], at: time)
            #expect(agreement.restore == [blocked("u", 4)])
            #expect(ledger.changes(at: time).contains(blocked("u", 4).change))
        }
    }

    @Test("a release that the server lost is given to it")
    func releaseLost() {
        var ledger = ledger([blocked("u", 4)])
        _ = ledger.note(freed("u", 5), from: .request)
        let agreement = ledger.agree(with: greeting(last: 4, [blocked("u", 4)]), stream: [blocked("u", 4)], at: 10)
        #expect(agreement.restore == [freed("u", 5)] && agreement.unpublished == [])
        #expect(ledger.changes(at: 10) == [])
    }

    @Test("until the server has been given everything, the ledger goes by what it agreed on before")
    func unsettled() {
        var ledger = ledger([blocked("u", 4)])
        for last: UInt64 in [1, 9] {
            let reading = ledger.reading(greeting(2, last: last), trusting)
            #expect(ledger.agree(with: reading, at: 10).restore == [blocked("u", 4)])
            #expect(ledger.mark(at: 10) == nil && ledger.epoch == [1])
        }
        ledger.settle(at: 10)
        #expect(ledger.epoch == [2] && ledger.mark(at: 10) != nil)
    }

    @Test("a block answered and not read, of a server that never got as far, is given to it and not lifted")
    func blockUnread() {
        var ledger = ledger([ended("a", 1)])
        _ = ledger.note(blocked("u", 5), from: .request)
        let stream = [ended("a", 1), ended("b", 4)]
        let agreement = ledger.agree(with: greeting(last: 4), stream: stream, at: 10)
        #expect(agreement.restore == [blocked("u", 5)])
        #expect(agreement.unpublished == [stream[1].change])
        #expect(ledger.changes(at: 10).contains(blocked("u", 5).change))
    }

    @Test("a server that has the ledger's mark is read from there; all others from the first entry")
    func mark() {
        var ledger = ledger([ended("a", 1), ended("b", 2)])
        let mark = ledger.mark(at: 0)
        #expect(mark == ReadMark(number: 1, cursor: StreamID(milliseconds: 2, number: 0)))
        #expect(ledger.mark(at: 1) == nil, "nothing was read since")
        #expect(ledger.reading(greeting(last: 2, mark: mark), trusting).start == "(2-0")
        #expect(ledger.reading(greeting(last: 2), trusting).start == "-")
        #expect(ledger.reading(greeting(2, last: 2, mark: mark), trusting).start == "-", "other data")
        #expect(
            ledger.reading(greeting(last: 1, mark: mark), trusting).start == "-",
            "a stream that is behind the mark"
        )
        #expect(ledger.reading(greeting(last: nil, mark: mark), trusting).start == "-", "no stream")
        let foreign = ReadMark(number: 2, cursor: StreamID(milliseconds: 2, number: 0))
        #expect(ledger.reading(greeting(last: 2, mark: foreign), trusting).start == "-", "no mark of this ledger's")
        #expect(ChangeLedger().reading(greeting(last: 2, mark: mark), trusting).start == "-")
        #expect(ledger.mark(at: ChangeLedger.markSeconds)?.number == 2, "before the server forgets the first")
        #expect(ReadMark("1 2-3")?.text == "1 2-3")
        for text in ["", "1", "1 ", " 2-3", "a 2-3", "1 2"] { #expect(ReadMark(text) == nil, "\(text)") }
    }

    @Test("a mark vouches for what was read before it, not for what came after it or was only answered")
    func vouched() {
        var ledger = ledger([ended("a", 1)])
        _ = ledger.note(ended("answered", 2), from: .request)
        _ = ledger.note(ended("read", 3), from: .request)
        _ = ledger.note(ended("read", 3), from: .stream)
        let mark = ledger.mark(at: 0)
        _ = ledger.note(ended("later", 4), from: .stream)
        let agreement = ledger.agree(with: greeting(last: 5, mark: mark), stream: [ended("others", 5)], at: 10)
        #expect(agreement.unpublished == [ended("others", 5).change])
        #expect(agreement.restore == [ended("answered", 2), ended("later", 4)])
    }

    @Test("of two changes of one subject the later one counts, until the later of their ends")
    func laterEnd() throws {
        let user = UserKey(appID: "a", openid: "b")
        let (long, short) = (
            entry(.userKnown(user, .profile), until: 900, 1), entry(.userKnown(user, []), until: 500, 2)
        )
        var ledger = ledger([])
        _ = ledger.note(long, from: .request)
        #expect(ledger.note(short, from: .request) == SessionChange(.userKnown(user, []), until: 900))
        let longer = entry(.userKnown(user, []), until: 950, 2)
        #expect(ledger.note(longer, from: .stream) == longer.change, "the server kept a later end than was known here")
        #expect(ledger.note(longer, from: .stream) == nil)
        for order in [[long, short], [short, long]] {
            var reading = StreamReading(greeting(last: 2), from: nil, trusting)
            for entry in order { _ = reading.take(entry.reply(entry.order)) }
            #expect(Array(reading.newest().values) == [entry(.userKnown(user, []), until: 900, 2)])
        }
    }

    @Test("what concerns no token any more is forgotten")
    func purge() {
        var ledger = ledger([ended("a", until: 10, 1), ended("b", until: 20, 2), blocked("u", 3), freed("v", 4)])
        #expect(ledger.count == 4)
        ledger.purge(at: 10)
        #expect(ledger.count == 3)
        ledger.purge(at: ChangeEntry.blockSeconds + 1)
        #expect(ledger.changes(at: .max) == [blocked("u", 3).change])
        #expect(ledger.count == 1)
    }

    @Test("references lead back to users, and what is none does not")
    func references() {
        for (app, openid) in [("wx1", "o"), ("", ""), ("a:b", ":c"), ("🚪", "\0")] {
            let user = UserKey(appID: app, openid: openid)
            #expect(UserKey(reference: user.reference) == user)
        }
        for text in ["", "x", "3", ":", "-1:a", "4:abc", "99999999999999999999:a"] {
            #expect(UserKey(reference: text) == nil)
        }
        #expect(StreamID("1-2") == StreamID(milliseconds: 1, number: 2))
        for text in ["", "1", "1-", "-1", "1-2-3", "a-b", "99999999999999999999-0"] { #expect(StreamID(text) == nil) }
    }
}

extension ChangeLedger {
    /// Agrees with a server whose stream holds those entries.
    fileprivate mutating func agree(
        with greeting: StreamGreeting,
        stream: [ChangeEntry],
        at time: Int64
    ) -> Agreement {
        var reading = reading(greeting, trusting)
        for entry in stream where reading.mark.map({ entry.order > $0.cursor }) ?? true {
            let isTaken = reading.take(entry.reply(entry.order))
            #expect(isTaken)
        }
        let agreement = agree(with: reading, at: time)
        settle(at: time)
        return agreement
    }
}
