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

    private func greeting(_ epoch: UInt8 = 1, last: UInt64?, _ blocked: [ChangeEntry] = []) -> ChangeLedger.Greeting {
        .init(epoch: [epoch], last: last.map { StreamID(milliseconds: $0, number: 0) }, blocked: blocked)
    }

    /// A ledger that read those entries.
    private func ledger(_ entries: [ChangeEntry], _ blocked: [ChangeEntry] = []) -> ChangeLedger {
        var ledger = ChangeLedger()
        let last = entries.last?.order
        let greeting = ChangeLedger.Greeting(epoch: [1], last: last, blocked: blocked)
        _ = ledger.agree(with: greeting, stream: entries, end: last, at: 0)
        return ledger
    }

    @Test("a later change takes the place of an earlier one, and not the other way round")
    func order() {
        var ledger = ChangeLedger()
        let user = UserKey(appID: "a", openid: "b")
        #expect(ledger.note(entry(.userKnown(user, .profile), 5)) != nil)
        #expect(ledger.note(entry(.userKnown(user, []), 4)) == nil)
        #expect(ledger.note(entry(.userKnown(user, .profile), 5)) == nil)
        #expect(ledger.note(entry(.userKnown(user, [.profile, .phone]), 6)) != nil)
        #expect(ledger.note(blocked("u", 7)) != nil)
        #expect(ledger.note(freed("u", 8)) != nil)
        #expect(ledger.note(blocked("u", 7)) == nil)
        #expect(ledger.changes(at: 0) == [SessionChange(.userKnown(user, [.profile, .phone]), until: 1000)])
        #expect(ledger.changes(at: 1000) == [])
    }

    @Test("a change is the newest until a later one of its subject is known")
    func newest() {
        var ledger = ledger([])
        let (block, release) = (blocked("u", 5), freed("u", 6))
        #expect(ledger.isNewest(block), "nothing is known")
        _ = ledger.note(block)
        #expect(ledger.isNewest(block))
        _ = ledger.note(release)
        #expect(!ledger.isNewest(block) && ledger.isNewest(release))
        #expect(ledger.isNewest(blocked("v", 1)), "another's")
    }

    @Test("what was missed is told, what is known is not told again")
    func missed() {
        var ledger = ledger([ended("a", 1)])
        let stream = [ended("a", 1), ended("b", 2), ended("old", until: 5, 3), freed("u", 4)]
        let agreement = ledger.agree(with: greeting(last: 4), stream: stream, end: stream[3].order, at: 10)
        #expect(agreement.tell == [stream[1].change, stream[3].change])
        #expect(agreement.restore == [])
        #expect(ledger.cursor == stream[3].order)
    }

    @Test("what the server lost is given to it, oldest first, but for what has ended")
    func lost() {
        var ledger = ledger([ended("b", 2), ended("a", 1), ended("old", until: 5, 3), blocked("u", 4), freed("v", 5)])
        let agreement = ledger.agree(with: greeting(2, last: nil), stream: [], end: nil, at: 10)
        #expect(agreement.tell == [])
        #expect(agreement.restore == [ended("a", 1), ended("b", 2), blocked("u", 4)])
        #expect(ledger.cursor == .zero)
    }

    @Test("an older copy: known by the stream's last id")
    func older() {
        var ledger = ledger([ended("a", 1), blocked("u", 4)])
        let agreement = ledger.agree(with: greeting(last: 1), stream: [ended("a", 1)], end: ended("a", 1).order, at: 10)
        #expect(agreement.restore == [blocked("u", 4)])
    }

    @Test("a change answered and not read is given to a server that lost it, whatever was added since")
    func answered() {
        var ledger = ledger([ended("a", 1)])
        _ = ledger.note(ended("mine", 2))
        let stream = [ended("a", 1), ended("others", 9)]
        let agreement = ledger.agree(with: greeting(last: 9), stream: stream, end: stream[1].order, at: 10)
        #expect(agreement.restore == [ended("mine", 2)])
        #expect(agreement.tell == [stream[1].change])
    }

    @Test("let in again while away, longer ago than the stream remembers")
    func freedUnseen() {
        var ledger = ledger([blocked("u", 4)], [blocked("v", 3)])
        let agreement = ledger.agree(with: greeting(last: 9, [blocked("v", 3)]), stream: [], end: nil, at: 10)
        #expect(agreement.tell == [SessionChange(.userUnblocked(userID: "u"), until: nil)])
        #expect(agreement.restore == [])
        #expect(ledger.changes(at: 10) == [blocked("v", 3).change])
    }

    @Test("a block answered and not read, of a server that never got as far, is given to it and not lifted")
    func blockUnread() {
        var ledger = ledger([ended("a", 1)])
        _ = ledger.note(blocked("u", 5))
        let stream = [ended("a", 1), ended("b", 4)]
        let agreement = ledger.agree(with: greeting(last: 4), stream: stream, end: stream[1].order, at: 10)
        #expect(agreement.restore == [blocked("u", 5)])
        #expect(agreement.tell == [stream[1].change])
        #expect(ledger.changes(at: 10).contains(blocked("u", 5).change))
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
