import APICalls
import JSON
import Login
import NIOConcurrencyHelpers
import ScriptedServer
import Sessions
import Testing
import WeChat

private let app = WeChatApp(appID: "wx4f4bc4dec97d474b", secret: secret)

/// A WeChat that hands out `t1`, `t2` … and a new one each time it is forced to.
private final class TokenWeChat: Sendable {
    struct State {
        var made = 1
        var fetches = 0
        var forced = 0
        /// Answers for the next fetches, instead of tokens.
        var scripted: [String] = []
        var now: Int64 = 1_763_700_000_000
    }

    let state: NIOLockedValueBox<State>
    let server: ScriptedServer

    init() throws {
        let state = NIOLockedValueBox(State())
        server = try ScriptedServer { request in
            state.withLockedValue { state in
                state.fetches += 1
                if !state.scripted.isEmpty { return .answer(http(state.scripted.removeFirst())) }
                if request.body.contains(#""force_refresh":true"#) {
                    state.forced += 1
                    state.made += 1
                }
                let app = (try? JSONReader().read(Array(request.body.utf8)))?["appid"]?.string ?? ""
                return .answer(http(#"{"access_token":"\#(app)-t\#(state.made)","expires_in":7200}"#))
            }
        }
        self.state = state
    }

    var fetches: Int { state.withLockedValue { $0.fetches } }
    var forced: Int { state.withLockedValue { $0.forced } }

    func advance(_ milliseconds: Int64) { state.withLockedValue { $0.now += milliseconds } }

    func tokens(_ sharing: (any SharedValues)? = nil) throws -> AccessTokens {
        let client = WeChatClient(baseURL: server.baseURL, api: try APIClient())
        let state = state
        return AccessTokens(client: client, sharing: sharing) { state.withLockedValue { $0.now } }
    }
}

/// What gateways share, in memory. Waiting ends when a value comes, or when the test says so.
private final class SharedInMemory: SharedValues {
    private struct Waiting {
        let key: String
        let present: [UInt8]?
        let completion: @Sendable (Result<[UInt8]?, SessionStoreError>) -> Void
    }

    private struct State {
        var values: [String: [UInt8]] = [:]
        var waiting: [Waiting] = []
        var claims = 0
        var isBroken = false
    }

    private let state = NIOLockedValueBox(State())

    var claims: Int { state.withLockedValue { $0.claims } }
    var waiting: Int { state.withLockedValue { $0.waiting.count } }
    var values: [String: [UInt8]] { state.withLockedValue { $0.values } }

    func breakDown() { state.withLockedValue { $0.isBroken = true } }

    func set(_ key: String, _ value: [UInt8]) { state.withLockedValue { $0.values[key] = value } }

    func endWaiting() {
        let ended = state.withLockedValue { state in
            let ended = state.waiting.map { ($0, state.values[$0.key]) }
            state.waiting = []
            return ended
        }
        for (waiting, value) in ended { waiting.completion(.success(value)) }
    }

    func claim(
        _ key: String,
        _ value: [UInt8],
        seconds: Int64,
        completion: @escaping @Sendable (Result<[UInt8]?, SessionStoreError>) -> Void
    ) {
        let result = state.withLockedValue { state -> Result<[UInt8]?, SessionStoreError> in
            if state.isBroken { return .failure(.unreachable) }
            if let present = state.values[key] { return .success(present) }
            state.values[key] = value
            state.claims += 1
            return .success(nil)
        }
        completion(result)
    }

    func put(
        _ key: String,
        _ value: [UInt8]?,
        seconds: Int64,
        completion: @escaping @Sendable (Result<Void, SessionStoreError>) -> Void
    ) {
        let ended = state.withLockedValue { state -> [Waiting]? in
            if state.isBroken { return nil }
            state.values[key] = value
            let ended = state.waiting.filter { $0.key == key && $0.present != value }
            state.waiting.removeAll { $0.key == key && $0.present != value }
            return ended
        }
        guard let ended else { return completion(.failure(.unreachable)) }
        for waiting in ended { waiting.completion(.success(value)) }
        completion(.success(()))
    }

    func get(
        _ key: String,
        otherThan present: [UInt8]?,
        within milliseconds: Int64,
        completion: @escaping @Sendable (Result<[UInt8]?, SessionStoreError>) -> Void
    ) {
        let result = state.withLockedValue { state -> Result<[UInt8]?, SessionStoreError>? in
            if state.isBroken { return .failure(.unreachable) }
            let value = state.values[key]
            guard value == present, milliseconds > 0 else { return .success(value) }
            state.waiting.append(Waiting(key: key, present: present, completion: completion))
            return nil
        }
        if let result { completion(result) }
    }
}

extension Result where Failure == WeChatFailure {
    fileprivate var value: Success? { try? get() }

    fileprivate var reason: WeChatFailure? {
        if case .failure(let reason) = self { reason } else { nil }
    }
}

extension AccessTokens {
    fileprivate func get(_ app: WeChatApp = app) async -> Result<AccessToken, WeChatFailure> {
        await withCheckedContinuation { continuation in
            token(for: app) { continuation.resume(returning: $0) }
        }
    }
}

@Suite("The access tokens of the apps", .timeLimit(.minutes(5)))
struct AccessTokensTests {
    private static let name = "wx4f4bc4dec97d474b"

    @Test("a thousand who ask at once cause one fetch per app")
    func singleFlight() async throws {
        let wechat = try TokenWeChat()
        let tokens = try wechat.tokens()
        let other = WeChatApp(appID: "wx2", secret: secret)
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<1000 {
                let (asking, text) = number % 2 == 0 ? (app, "\(Self.name)-t1") : (other, "wx2-t1")
                group.addTask { #expect(await tokens.get(asking).value?.text == text) }
            }
        }
        #expect(wechat.fetches == 2)
        let expiresAt = await tokens.get().value?.expiresAt
        #expect(expiresAt == 1_763_707_200_000)
    }

    @Test("a refused token is fetched anew, and forced where WeChat gives it again")
    func refused() async throws {
        let wechat = try TokenWeChat()
        let tokens = try wechat.tokens()
        let first = try #require(await tokens.get().value)
        wechat.state.withLockedValue { $0.made = 2 }
        tokens.refused(first, for: app)
        tokens.refused(first, for: app)
        let second = try #require(await tokens.get().value)
        #expect(second.text == "\(Self.name)-t2" && wechat.fetches == 2 && wechat.forced == 0)
        tokens.refused(first, for: app)
        #expect(await tokens.get().value == second)
        #expect(wechat.fetches == 2)
        tokens.refused(second, for: app)
        #expect(await tokens.get().value?.text == "\(Self.name)-t3")
        #expect(wechat.fetches == 4 && wechat.forced == 1)
    }

    @Test("a failure is told to all who wait, and to those who come within its pause")
    func failure() async throws {
        let wechat = try TokenWeChat()
        wechat.state.withLockedValue { $0.scripted = [#"{"errcode":40125,"errmsg":"invalid appsecret, rid: 1-2"}"#] }
        let tokens = try wechat.tokens()
        let failure = WeChatFailure(.misconfigured, errcode: 40125, rid: "1-2")
        #expect(await tokens.get().reason == failure)
        wechat.advance(999)
        #expect(await tokens.get().reason == failure)
        #expect(wechat.fetches == 1)
        wechat.advance(1)
        #expect(await tokens.get().value != nil)
        #expect(wechat.fetches == 2)
    }

    @Test("renewal runs beside the callers, when asked for and when told that time has passed")
    func renewal() async throws {
        let wechat = try TokenWeChat()
        let tokens = try wechat.tokens()
        _ = await tokens.get()
        wechat.advance(6_500_000)
        _ = await tokens.get()
        wechat.advance(399_000)
        tokens.renewDue()
        wechat.advance(1000)
        wechat.state.withLockedValue { $0.made = 2 }
        tokens.renewDue()
        tokens.renewDue()
        #expect(await wechat.server.wait { $0.requests.count == 2 })
        while await tokens.get().value?.text != "\(Self.name)-t2" { await Task.yield() }
        #expect(wechat.fetches == 2)
        wechat.advance(7_000_000)
        tokens.renewDue()
        #expect(wechat.fetches == 2)
    }

    @Test("of gateways that share a store one asks WeChat; the others take what it brings")
    func sharing() async throws {
        let wechat = try TokenWeChat()
        let store = SharedInMemory()
        let gateways = try (0..<4).map { _ in try wechat.tokens(store) }
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<200 {
                group.addTask { #expect(await gateways[number % 4].get().value?.text == "\(Self.name)-t1") }
            }
        }
        #expect(wechat.fetches == 1 && store.claims >= 1)
        #expect(store.values.count == 1)
        // One refused token: one forced, whoever says so.
        let first = try #require(await gateways[0].get().value)
        for gateway in gateways { gateway.refused(first, for: app) }
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<200 {
                group.addTask { #expect(await gateways[number % 4].get().value?.text == "\(Self.name)-t2") }
            }
        }
        #expect(wechat.forced == 1)
    }

    @Test("where the store fails, each gateway asks by itself")
    func brokenStore() async throws {
        let wechat = try TokenWeChat()
        let store = SharedInMemory()
        store.breakDown()
        let gateways = try (0..<2).map { _ in try wechat.tokens(store) }
        for gateway in gateways { #expect(await gateway.get().value?.text == "\(Self.name)-t1") }
        #expect(wechat.fetches == 2)
    }

    @Test("a gateway that died with the claim is waited for, not for ever")
    func deadHolder() async throws {
        let wechat = try TokenWeChat()
        let store = SharedInMemory()
        store.set("wechat access token claim \(Self.name)", [1])
        let tokens = try wechat.tokens(store)
        async let result = tokens.get()
        while store.waiting == 0 { await Task.yield() }
        #expect(wechat.fetches == 0)
        store.endWaiting()
        #expect(await result.value?.text == "\(Self.name)-t1")
    }

    @Test(
        "what the store holds is taken where it is a token with a life before it",
        arguments: [
            (#"{"token":"shared","expiresAt":1763707200000}"#, "shared"),
            (#"{"token":"shared","expiresAt":1763707200000,"forcedAt":1763699999000}"#, "shared"),
            (#"{"token":"shared","expiresAt":1763700300000}"#, "\(name)-t1"),
            (#"{"token":"shared","expiresAt":0}"#, "\(name)-t1"),
            (#"{"token":"a b","expiresAt":1763707200000}"#, "\(name)-t1"),
            ("", "\(name)-t1"), ("[]", "\(name)-t1"), (#"{"token":"shared"}"#, "\(name)-t1"),
        ]
    )
    func present(_ value: String, _ text: String) async throws {
        let wechat = try TokenWeChat()
        let store = SharedInMemory()
        store.set("wechat access token \(Self.name)", Array(value.utf8))
        #expect(await (try wechat.tokens(store)).get().value?.text == text)
        #expect(wechat.fetches == (text == "shared" ? 0 : 1))
    }

    @Test("a failed fetch gives the claim back")
    func failedFetch() async throws {
        let wechat = try TokenWeChat()
        wechat.state.withLockedValue { $0.scripted = ["<html>"] }
        let store = SharedInMemory()
        let (first, second) = (try wechat.tokens(store), try wechat.tokens(store))
        #expect(await first.get().reason == WeChatFailure(.unintelligible(status: 200)))
        #expect(store.values.isEmpty)
        #expect(await second.get().value?.text == "\(Self.name)-t1")
    }

    @Test("the app's secret is the one of the latest caller: a corrected secret is used")
    func newSecret() async throws {
        let wechat = try TokenWeChat()
        wechat.state.withLockedValue { $0.scripted = [#"{"errcode":40125}"#] }
        let tokens = try wechat.tokens()
        _ = await tokens.get()
        wechat.advance(1000)
        _ = await tokens.get(WeChatApp(appID: Self.name, secret: "corrected"))
        #expect(wechat.server.requests.last?.body.contains(#""secret":"corrected""#) == true)
    }
}
