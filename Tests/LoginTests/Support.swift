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
let token = "the-token"
let day: Int64 = 24 * 3600

/// Signs nothing, but keeps whom it was asked for.
final class FakeMinter: TokenMinting {
    private let asked = NIOLockedValueBox<[TokenSubject]>([])
    var subjects: [TokenSubject] { asked.withLockedValue { $0 } }

    func mint(_ subject: TokenSubject, now: Int64) -> MintedToken {
        asked.withLockedValue { $0.append(subject) }
        return MintedToken(token: token, expiresIn: 7200, expiresAt: now + 7200)
    }
}

/// A store that does as it is told.
final class FailingStore: SessionStore {
    let error: SessionStoreError
    let isDegraded = true

    init(_ error: SessionStoreError) {
        self.error = error
    }

    func record(_: UserLogin, completion: @escaping @Sendable (Result<StoredUser, SessionStoreError>) -> Void) {
        completion(.failure(error))
    }

    func user(
        ofSession: String,
        of: UserKey,
        at: Int64,
        completion: @escaping @Sendable (Result<StoredUser?, SessionStoreError>) -> Void
    ) {
        completion(.failure(error))
    }

    func stop() {}
}

struct Answer: Sendable {
    let reply: EndpointReply
    let userID: String?

    /// The members of `data`, where the reply is a success.
    var data: JSONNode? {
        guard case .success(let data) = reply else { return nil }
        return try? JSONReader().read(data)
    }

    var failure: LoginFailure? {
        if case .failure(let failure) = reply { failure } else { nil }
    }
}

/// Everything about logging in, but the gateway: a scripted WeChat, the store's file in a folder of its own.
final class LoginHouse: Sendable {
    let server: ScriptedServer
    let store: any SessionStore
    let minter = FakeMinter()
    let endpoints: LoginEndpoints
    private let folder = FileManager.default.temporaryDirectory.appending(path: "menshen-\(UUID().uuidString)").path

    init(
        apps: [String] = ["wx1"],
        store: (any SessionStore)? = nil,
        timeout: Duration = .seconds(30),
        clock: @escaping @Sendable () -> Int64 = { now },
        _ respond: @escaping @Sendable (ScriptedServer.Request) -> ScriptedServer.Step
    ) throws {
        server = try ScriptedServer(respond)
        var limits = APICallLimits()
        limits.totalTimeout = timeout
        let keyring = try SessionKeyring([[UInt8](repeating: 7, count: 32)])
        self.store = try store ?? SQLiteSessionStore(path: folder + "/store.sqlite", keyring: keyring)
        let sink = EventSink()
        endpoints = try LoginEndpoints(
            LoginParts(
                apps: apps.map { WeChatApp(appID: $0, secret: secret) },
                wechat: WeChatClient(baseURL: server.baseURL, api: try APIClient(limits: limits)),
                store: self.store,
                minter: minter,
                userIDKey: Array("user id key".utf8),
                sessionLifetime: 30 * day,
                clock: clock,
                log: { sink.put($0) }
            )
        )
        self.sink = sink
    }

    private let sink: EventSink
    var events: [LoginEvent] { sink.events }

    deinit {
        store.stop()
        try? FileManager.default.removeItem(atPath: folder)
    }

    var files: [Data] {
        ["", "-wal"].compactMap { try? Data(contentsOf: URL(filePath: folder + "/store.sqlite" + $0)) }
    }

    func login(_ body: String = #"{"code":"c1"}"#) async -> Answer {
        await withCheckedContinuation { continuation in
            endpoints.login(body: Array(body.utf8)) { continuation.resume(returning: Answer(reply: $0, userID: $1)) }
        }
    }

    func session(_ holder: SessionHolder) async -> Answer {
        await withCheckedContinuation { continuation in
            endpoints.session(of: holder) { continuation.resume(returning: Answer(reply: $0, userID: $1)) }
        }
    }
}

final class EventSink: Sendable {
    private let list = NIOLockedValueBox<[LoginEvent]>([])
    var events: [LoginEvent] { list.withLockedValue { $0 } }
    func put(_ event: LoginEvent) { list.withLockedValue { $0.append(event) } }
}

let success = http(#"{"openid":"oGZ","session_key":"\#(sessionKey)","unionid":"oc"}"#)
func errcode(_ errcode: Int) -> String { http(#"{"errcode":\#(errcode),"errmsg":"words, rid: 65a1-b2"}"#) }
