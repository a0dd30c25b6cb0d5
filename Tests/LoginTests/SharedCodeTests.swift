import Dispatch
import ScriptedServer
import Sessions
import Testing

@testable import Login

@Suite("One exchange per code across gateways", .timeLimit(.minutes(5)))
struct SharedCodeTests {
    @Test("50 requests at two gateways with one code: one call to WeChat, 50 equal tokens")
    func storm() async throws {
        let store = MemoryStore(isShared: true)
        let gate = DispatchSemaphore(value: 0)
        let first = try LoginHouse(store: store) { _ in
            gate.wait()
            return .answer(success)
        }
        let second = try LoginHouse(store: store) { _ in .answer(success) }
        let answers = Collected<Answer>()
        for number in 0..<50 { (number.isMultiple(of: 2) ? first : second).begin(#"{"code":"c1"}"#, answers) }
        _ = await first.server.wait { $0.requests.count == 1 }
        #expect(store.sharedWaiting == 1)
        gate.signal()
        let all = await answers.wait(for: 50)
        #expect(all.allSatisfy { $0.text == all[0].text && $0.token == token })
        #expect(first.server.requests.count == 1 && second.server.requests.isEmpty)
        #expect(first.minter.subjects.count == 1 && second.minter.subjects.isEmpty)
        #expect(second.endpoints.loginCounts().apps["wx1"]?.logins == ["ok": 25])
    }

    @Test("it is shared for ten seconds, then the code is used, and after five minutes forgotten")
    func ends() async throws {
        let store = MemoryStore(isShared: true)
        let clock = TestClock()
        let first = try LoginHouse(store: store, clock: clock) { _ in .answer(success) }
        let second = try LoginHouse(store: store, clock: clock) { _ in .answer(errcode(40163)) }
        let login = await first.login()
        func pass(_ seconds: Int64) {
            clock.advance(seconds)
            store.pass(seconds)
        }
        pass(9)
        #expect(await second.login().text == login.text)
        pass(1)
        #expect(await second.login().failure == .codeUsed)
        #expect(store.sharedTexts.filter { $0.contains(token) && !$0.hasPrefix("login:") }.isEmpty)
        pass(289)
        #expect(await second.login().failure == .codeUsed)
        #expect(second.server.requests.isEmpty)
        pass(1)
        #expect(await second.login().failure == .codeUsed)
        #expect(second.server.requests.count == 1)
    }

    @Test("never after a logout, at whichever gateway")
    func loggedOut() async throws {
        let store = MemoryStore(isShared: true)
        let houses = try (0..<3).map { _ in try LoginHouse(store: store) { _ in .answer(success) } }
        #expect(await houses[0].login().data != nil)
        #expect(await houses[1].login().data != nil)
        let holder = SessionHolder(try #require(houses[0].minter.subjects.first))
        #expect(await houses[2].call(.logout, holder).data != nil)
        for house in houses { #expect(await house.login().failure == .codeUsed) }
        #expect(houses.map(\.server.requests.count) == [1, 0, 0])
    }

    @Test("a refusal is shared too", arguments: [(40029, LoginFailure.codeInvalid(mock: false)), (40163, .codeUsed)])
    func refusal(_ code: Int, _ failure: LoginFailure) async throws {
        let store = MemoryStore(isShared: true)
        let first = try LoginHouse(store: store) { _ in .answer(errcode(code)) }
        let second = try LoginHouse(store: store) { _ in .answer(success) }
        for house in [first, second] { #expect(await house.login().failure == failure) }
        store.pass(11)
        #expect(await second.login().failure == failure)
        #expect(second.server.requests.isEmpty)
    }

    @Test("who waited gets the failure itself; later ones hear that the code may be spent")
    func failure() async throws {
        let store = MemoryStore(isShared: true)
        let first = try LoginHouse(store: store) { _ in .answer(http("<html>")) }
        let second = try LoginHouse(store: store) { _ in .answer(success) }
        #expect(await first.login().failure == .wechatUnavailable(status: 502))
        #expect(await second.login().failure == .wechatUnavailable(status: 502))
        store.pass(11)
        #expect(await second.login().failure == .codeUsed)
        #expect(second.server.requests.isEmpty)
    }

    @Test("a code that was not spent is let go, and another gateway may try")
    func letGo() async throws {
        let store = MemoryStore(isShared: true)
        let first = try LoginHouse(store: store) { _ in .answer(errcode(45011)) }
        let second = try LoginHouse(store: store) { _ in .answer(success) }
        #expect(await first.login().failure == .throttled(retryAfter: 60))
        #expect(await second.login().data != nil)
    }

    @Test("with the store away nothing is asked, and the code is not spent")
    func away() async throws {
        let store = MemoryStore(isShared: true)
        let house = try LoginHouse(store: store) { _ in .answer(success) }
        store.fail(.claim, with: .unreachable)
        #expect(await house.login().failure == .storeUnavailable)
        #expect(house.server.requests.isEmpty)
        store.fail(.claim, with: nil)
        #expect(await house.login().data != nil)
    }

    @Test("a gateway that died with the code leaves it used: it may be spent")
    func died() async throws {
        let store = MemoryStore(isShared: true)
        let dead = try LoginHouse(store: store, timeout: .seconds(20)) { _ in .hang }
        let alive = try LoginHouse(store: store) { _ in .answer(success) }
        let answers = Collected<Answer>()
        dead.begin(#"{"code":"c1"}"#, answers)
        _ = await dead.server.wait { $0.requests.count == 1 }
        alive.begin(#"{"code":"c1"}"#, answers)
        while store.sharedWaiting < 1 { await Task.yield() }
        store.pass(15)
        #expect(await answers.wait(for: 1).first?.failure == .codeUsed)
        #expect(alive.server.requests.isEmpty)
    }

    @Test("codes of two apps are two, and no digest tells the code")
    func apart() async throws {
        let store = MemoryStore(isShared: true)
        let house = try LoginHouse(apps: ["wx1", "wx2"], store: store) { _ in .answer(success) }
        for app in ["wx1", "wx2"] {
            #expect(await house.login(#"{"code":"the-login-code","appId":"\#(app)"}"#).data != nil)
        }
        #expect(house.server.requests.count == 2)
        let texts = store.sharedTexts
        #expect(texts.count == 4 && !texts.contains { $0.contains("the-login-code") || $0.contains(sessionKey) })
    }

    static let outcomes: [LoginFailure] = [
        .codeInvalid(mock: false), .codeInvalid(mock: true), .codeUsed, .userBlocked, .throttled(retryAfter: 7),
        .misconfigured, .wechatUnavailable(status: 504), .storeUnavailable, .overloaded, .internalFault,
        .resolverFailed(.connect), .resolverFailed(.timeout), .resolverFailed(.protocolViolation),
        .resolverFailed(.status(418)),
    ]

    @Test("what gateways tell each other is read as it was meant", arguments: outcomes)
    func coding(_ failure: LoginFailure) {
        guard case .failure(failure) = SharedOutcome(SharedOutcome.failure(failure).bytes) else {
            Issue.record("another failure")
            return
        }
    }

    @Test(
        "what is none of it is nothing",
        arguments: ["", "{}", #"{"failure":"x"}"#, #"{"token":"t"}"#, "[]", #"{"pending":false}"#]
    )
    func unreadable(_ text: String) {
        #expect(SharedOutcome(Array(text.utf8)) == nil)
    }
}
