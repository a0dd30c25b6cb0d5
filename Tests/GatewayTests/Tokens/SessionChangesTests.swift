import RandomJSON
import Sessions
import Testing

@testable import Gateway

@Suite("What became of sessions and users after their tokens were issued")
struct SessionChangesTests {
    private static let now = TokenFixture.now
    private static let user = UserKey(appID: TokenFixture.app, openid: "oGZUI0egBJY1zhBYw2KhdUfwVJJE")

    private static func identity(_ changes: [String: String?] = [:]) throws -> Identity {
        let token = try TokenFixture.token(claims: TokenFixture.claims(changes))
        return try #require(try TokenFixture.verdict(token).identity)
    }

    private static func held(_ changes: SessionChange...) -> SessionChanges {
        var held = SessionChanges()
        held.apply(changes, now: now)
        return held
    }

    @Test("nothing changed: all is as the token says")
    func nothing() throws {
        let identity = try Self.identity(["step": "2"])
        #expect(SessionChanges().revocationStatus(of: identity) == .good)
        #expect(SessionChanges().facts(of: identity) == .profile)
    }

    @Test("an ended session takes its tokens with it, and no other's", arguments: [true, false])
    func ended(_ byUser: Bool) throws {
        let changes = Self.held(
            SessionChange(.sessionEnded(sessionID: "session-1", byUser: byUser), until: Self.now + 60)
        )
        #expect(changes.revocationStatus(of: try Self.identity()) == .ended(byUser: byUser))
        #expect(changes.revocationStatus(of: try Self.identity(["sid": #""session-2""#])) == .good)
    }

    @Test("who logged out stays so, whatever an operator says of the session later")
    func firstWord() throws {
        var changes = Self.held(
            SessionChange(.sessionEnded(sessionID: "session-1", byUser: true), until: Self.now + 60),
            SessionChange(.sessionEnded(sessionID: "session-1", byUser: false), until: Self.now + 90)
        )
        #expect(changes.revocationStatus(of: try Self.identity()) == .ended(byUser: true))
        changes.purge(now: Self.now + 60)
        #expect(changes.revocationStatus(of: try Self.identity()) == .ended(byUser: true), "until the later end")
        let again = SessionChange(.sessionEnded(sessionID: "session-1", byUser: false), until: Self.now + 70)
        changes.apply([again], now: Self.now + 60)
        changes.purge(now: Self.now + 89)
        #expect(changes.revocationStatus(of: try Self.identity()) == .ended(byUser: true))
        changes.purge(now: Self.now + 90)
        #expect(changes.revocationStatus(of: try Self.identity()) == .good)
        #expect(changes.count == 0)
    }

    @Test("a blocked user is out in all sessions until they are let in")
    func blocked() throws {
        var changes = Self.held(SessionChange(.userBlocked(userID: "alice"), until: nil))
        #expect(changes.revocationStatus(of: try Self.identity()) == .blocked)
        #expect(changes.revocationStatus(of: try Self.identity(["sid": #""session-2""#])) == .blocked)
        #expect(changes.revocationStatus(of: try Self.identity(["sub": #""bob""#])) == .good)
        changes.purge(now: .max)
        #expect(changes.revocationStatus(of: try Self.identity()) == .blocked)
        changes.apply([SessionChange(.userUnblocked(userID: "alice"), until: nil)], now: Self.now)
        #expect(changes.revocationStatus(of: try Self.identity()) == .good)
        #expect(changes.count == 0)
    }

    @Test("what is known of a user now counts, more or less than the token says")
    func facts() throws {
        let more = Self.held(SessionChange(.userKnown(Self.user, [.profile, .phone]), until: Self.now + 60))
        #expect(more.facts(of: try Self.identity()) == [.profile, .phone])
        let less = Self.held(SessionChange(.userKnown(Self.user, []), until: Self.now + 60))
        #expect(less.facts(of: try Self.identity(["step": "3"])) == [])
        let other = UserKey(appID: TokenFixture.otherApp, openid: Self.user.openid)
        let elsewhere = Self.held(SessionChange(.userKnown(other, .phone), until: Self.now + 60))
        #expect(elsewhere.facts(of: try Self.identity()) == [])
    }

    @Test("holds nothing that no token is left for")
    func purge() throws {
        var changes = Self.held(
            SessionChange(.sessionEnded(sessionID: "old", byUser: true), until: Self.now),
            SessionChange(.sessionEnded(sessionID: "session-1", byUser: true), until: Self.now + 60),
            SessionChange(.userKnown(Self.user, .phone), until: Self.now + 30)
        )
        #expect(changes.count == 2)
        changes.purge(now: Self.now + 30)
        #expect(changes.count == 1)
        changes.purge(now: Self.now + 60)
        #expect(changes.count == 0)
    }

    @Test("any order of repeated changes ends where the last of each user and the first of each session say")
    func model() throws {
        var random = SeededGenerator.printingSeed()
        for _ in 0..<200 {
            var changes = SessionChanges()
            var endings: [String: Bool] = [:]
            var blocked: Set<String> = []
            for _ in 0..<40 {
                let name = "n\(UInt8.random(in: 0..<4, using: &random))"
                switch UInt8.random(in: 0..<4, using: &random) {
                case 0, 1:
                    let byUser = Bool.random(using: &random)
                    if endings[name] == nil { endings[name] = byUser }
                    let ending = SessionChange(.sessionEnded(sessionID: name, byUser: byUser), until: Self.now + 60)
                    changes.apply([ending, ending], now: Self.now)
                case 2:
                    blocked.insert(name)
                    changes.apply([SessionChange(.userBlocked(userID: name), until: nil)], now: Self.now)
                default:
                    blocked.remove(name)
                    changes.apply([SessionChange(.userUnblocked(userID: name), until: nil)], now: Self.now)
                }
            }
            for (session, user) in zip(["n0", "n1", "n2", "n3"], ["n3", "n0", "n1", "n2"]) {
                let identity = try Self.identity(["sid": "\"\(session)\"", "sub": "\"\(user)\""])
                let expected: SessionChanges.RevocationStatus =
                    if blocked.contains(user) { .blocked } else {
                        endings[session].map { .ended(byUser: $0) } ?? .good
                    }
                #expect(changes.revocationStatus(of: identity) == expected)
            }
        }
    }
}
