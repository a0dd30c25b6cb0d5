import Sessions
import Testing

@testable import Login

@Suite("A code that was used is remembered by its digest")
struct CodeMemoryTests {
    private static func digest(_ number: Int) -> CodeMemory.Digest {
        CodeMemory.Digest(high: 0, low: UInt64(number))
    }

    private static let login = CompletedLogin(
        key: UserKey(appID: "wx1", openid: "oGZ"),
        sessionID: "s",
        user: StoredUser(userID: "u_1", unionid: nil),
        token: MintedToken(token: "t", expiresIn: 60, expiresAt: 1060)
    )

    private enum Seen: Equatable {
        case nothing, login
        case refusal(LoginFailure)

        init(_ recollection: CodeMemory.Lookup) {
            switch recollection {
            case .nothing: self = .nothing
            case .login: self = .login
            case .refusal(let failure): self = .refusal(failure)
            }
        }
    }

    @Test(
        "a login is shared for ten seconds, then the code is used, and after five minutes forgotten",
        arguments: [
            (Int64(0), Seen.login), (9, .login), (10, .refusal(.codeUsed)), (299, .refusal(.codeUsed)), (300, .nothing),
        ]
    )
    private func sharing(after seconds: Int64, expected: Seen) {
        var memory = CodeMemory()
        memory.remember(Self.digest(1), login: Self.login, now: 1000)
        #expect(Seen(memory.lookup(Self.digest(1), now: 1000 + seconds)) == expected)
        #expect(Seen(memory.lookup(Self.digest(2), now: 1000 + seconds)) == .nothing)
    }

    @Test("a clock that goes back does not share a login again")
    func clockBack() {
        var memory = CodeMemory()
        memory.remember(Self.digest(1), login: Self.login, now: 1000)
        #expect(Seen(memory.lookup(Self.digest(1), now: 1010)) == .refusal(.codeUsed))
        #expect(Seen(memory.lookup(Self.digest(1), now: 1001)) == .refusal(.codeUsed))
    }

    @Test("a clock that was set back, before or after, makes no login last longer")
    func clockSet() {
        var memory = CodeMemory()
        memory.remember(Self.digest(1), login: Self.login, now: 5000)
        #expect(Seen(memory.lookup(Self.digest(1), now: 4900)) == .refusal(.codeUsed))
        // The first one's end is far off, and the second one's not.
        memory.remember(Self.digest(2), login: Self.login, now: 1000)
        #expect(Seen(memory.lookup(Self.digest(2), now: 1009)) == .login)
        #expect(Seen(memory.lookup(Self.digest(2), now: 1010)) == .refusal(.codeUsed))
    }

    @Test("the oldest give way when there is no more room")
    func bounded() {
        var memory = CodeMemory(capacity: 100)
        for number in 0..<10_000 {
            memory.remember(Self.digest(number), refusal: .codeInvalid(mock: false), now: 1000)
            #expect(memory.count <= 100)
        }
        #expect(Seen(memory.lookup(Self.digest(9_899), now: 1000)) == .nothing)
        #expect(Seen(memory.lookup(Self.digest(9_900), now: 1000)) == .refusal(.codeInvalid(mock: false)))
    }

    @Test("random orders agree with a list that is searched from its end", arguments: 0..<20)
    func model(seed: Int) {
        var random = Numbers(seed: seed)
        var memory = CodeMemory()
        var model: [(digest: CodeMemory.Digest, isLogin: Bool, time: Int64)] = []
        var now: Int64 = 1000
        for _ in 0..<2000 {
            now += Int64(random.next(below: 7))
            let digest = Self.digest(random.next(below: 50))
            let known = model.last { $0.digest == digest && now - $0.time < CodeMemory.lifetime }
            let expected: Seen =
                switch known {
                case nil: .nothing
                case let entry? where entry.isLogin && now - entry.time < CodeMemory.sharing: .login
                case let entry? where entry.isLogin: .refusal(.codeUsed)
                case .some: .refusal(.codeInvalid(mock: false))
                }
            #expect(Seen(memory.lookup(digest, now: now)) == expected, "seed \(seed)")
            // As in the service, only what is not known is asked for and remembered.
            guard known == nil, random.next(below: 3) > 0 else { continue }
            let isLogin = random.next(below: 2) == 0
            model.append((digest, isLogin, now))
            if isLogin {
                memory.remember(digest, login: Self.login, now: now)
            } else {
                memory.remember(digest, refusal: .codeInvalid(mock: false), now: now)
            }
        }
    }
}
