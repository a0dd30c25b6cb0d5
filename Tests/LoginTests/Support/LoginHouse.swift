import APICalls
import Cryptography
import Foundation
import JSON
import Login
import NIOConcurrencyHelpers
import ScriptedServer
import Sessions
import Testing
import WeChat

let now: Int64 = 1_790_000_000
let secret = "the-app-secret-of-wx1"
let sessionKey = "tiihtNczf5v6AKRyjwEUhQ=="
/// The first one; those after it have a number behind.
let token = "the-token"
let accessToken = "the-access-token"
let day: Int64 = 24 * 3600

/// Everything about logging in, but the gateway: a scripted WeChat, and a store in memory or, where it is asked for, the
/// real one in a folder of its own.
final class LoginHouse: Sendable {
    let server: ScriptedServer
    let store: any SessionStore
    let minter = FakeMinter()
    let workers = Workers()
    let clock: TestClock
    let endpoints: LoginEndpoints
    private let sink = EventSink()
    private let folder = FileManager.default.temporaryDirectory.appending(path: "menshen-\(UUID().uuidString)").path

    init(
        apps: [String] = ["wx1"],
        store: (any SessionStore)? = nil,
        onDisk: Bool = false,
        timeout: Duration = .seconds(30),
        clock: TestClock = TestClock(),
        _ configure: (inout LoginDependencies, APIClient) -> Void = { _, _ in },
        respond: @escaping @Sendable (ScriptedServer.Request) -> ScriptedServer.Step
    ) throws {
        server = try ScriptedServer(respond)
        self.clock = clock
        var limits = APICallLimits()
        limits.totalTimeout = timeout
        limits.concurrentCalls = 512
        let api = try APIClient(limits: limits)
        self.store =
            try store
            ?? (onDisk ? SQLiteSessionStore.temporary(folder) : MemoryStore())
        let wechat = WeChatClient(baseURL: server.baseURL, api: api)
        let (sink, workers) = (sink, workers)
        var parts = LoginDependencies(
            apps: apps.map { WeChatApp(appID: $0, secret: secret) },
            wechat: wechat,
            accessTokens: AccessTokens(client: wechat, clock: { clock.seconds * 1000 }),
            store: self.store,
            minter: minter,
            userIDKey: Array("user id key".utf8),
            sessionLifetime: 30 * day,
            tokenLifetime: 7200,
            clock: { clock.seconds },
            log: { sink.put($0) }
        )
        parts.publish = { workers.publish($0, $1) }
        configure(&parts, api)
        endpoints = try LoginEndpoints(parts)
        endpoints.follow()
    }

    deinit {
        store.stop()
        try? FileManager.default.removeItem(atPath: folder)
    }

    var events: [LoginEvent] { sink.events }
    /// Of a house with the real store.
    var files: [Data] {
        ["", "-wal"].compactMap { try? Data(contentsOf: URL(filePath: folder + "/store.sqlite" + $0)) }
    }

    /// Targets of calls to WeChat, without queries.
    var calls: [String] {
        server.requests.map { String($0.target.prefix { $0 != "?" }) }
    }

    func call(
        _ endpoint: Endpoint,
        _ body: String = "",
        appID: String? = nil,
        from address: String = "192.0.2.1",
        _ holder: SessionHolder? = nil
    ) async -> Answer {
        let request = EndpointRequest(
            endpoint: endpoint,
            body: Array(body.utf8),
            appID: appID,
            clientAddress: Array(address.utf8),
            holder: holder
        )
        return await withCheckedContinuation { continuation in
            endpoints.perform(request) { continuation.resume(returning: Answer(reply: $0)) }
        }
    }

    /// Logs in without waiting for the answer.
    func begin(_ body: String, _ answers: Collected<Answer>) {
        let request = EndpointRequest(
            endpoint: .login,
            body: Array(body.utf8),
            appID: nil,
            clientAddress: Array("192.0.2.1".utf8),
            holder: nil
        )
        endpoints.perform(request) { answers.put(Answer(reply: $0)) }
    }

    /// A call with a token.
    func call(_ endpoint: Endpoint, _ holder: SessionHolder, _ body: String = "") async -> Answer {
        await call(endpoint, body, holder)
    }

    func login(_ body: String = #"{"code":"c1"}"#, from address: String = "192.0.2.1") async -> Answer {
        await call(.login, body, from: address)
    }

    /// Logs in with a code of its own and says who holds the token then.
    func holder(code: String = "holder", appID: String = "wx1") async throws -> SessionHolder {
        let count = minter.subjects.count
        let answer = await login(#"{"code":"\#(code)","appId":"\#(appID)"}"#)
        try #require(answer.data != nil, "\(answer.reply)")
        return SessionHolder(try #require(minter.subjects.dropFirst(count).first))
    }

    func inPlace(_ code: String, appID: String? = nil) async -> Result<InPlaceLogin, InPlaceFailure> {
        await withCheckedContinuation { continuation in
            endpoints.loginInPlace(code: code, appID: appID, clientAddress: []) { continuation.resume(returning: $0) }
        }
    }

    func renew(_ holder: SessionHolder) async -> RenewedToken? {
        await withCheckedContinuation { continuation in
            endpoints.renew(holder) { continuation.resume(returning: $0) }
        }
    }

    func phone(of holder: SessionHolder) async -> Result<String?, LoginFailure> {
        await withCheckedContinuation { continuation in
            endpoints.phone(of: holder) { continuation.resume(returning: $0) }
        }
    }

    func admin(_ call: AdminRequest.Call, _ body: String = "") async -> Answer {
        await withCheckedContinuation { continuation in
            endpoints.admin(AdminRequest(call, body: Array(body.utf8))) {
                continuation.resume(returning: Answer(reply: $0))
            }
        }
    }
}

extension SessionHolder {
    init(_ subject: TokenSubject, sessionID: String? = nil) {
        self.init(
            user: subject.openid.map { UserKey(appID: subject.appID, openid: $0) }
                ?? UserKey(appID: subject.appID, foreignUserID: subject.userID),
            userID: subject.userID,
            unionid: subject.unionid,
            sessionID: sessionID ?? subject.sessionID,
            facts: subject.facts,
            tokenExpiry: now + 7200
        )
    }
}

extension SQLiteSessionStore {
    static func temporary(_ folder: String) throws -> SQLiteSessionStore {
        try SQLiteSessionStore(
            path: folder + "/store.sqlite",
            keyring: SessionKeyring([[UInt8](repeating: 7, count: 32)])
        )
    }
}

let success = http(#"{"openid":"oGZ","session_key":"\#(sessionKey)","unionid":"oc"}"#)
func errcode(_ errcode: Int) -> String { http(#"{"errcode":\#(errcode),"errmsg":"words, rid: 65a1-b2"}"#) }
