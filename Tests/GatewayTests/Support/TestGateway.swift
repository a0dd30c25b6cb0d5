import Configuration
import Glibc
import JSON
import Logging

@testable import Gateway

/// A configuration that the reader refused.
struct RefusedConfiguration: Error, CustomStringConvertible {
    let description: String
}

/// The operators' log as the process has it, on a descriptor of the test's.
struct TestConsole: Sendable {
    let writer: LogWriter
    let logger: Logger

    init(descriptor: Int32) throws {
        let writer = try LogWriter(descriptor: descriptor)
        self.writer = writer
        logger = Logger(label: "menshen", factory: { QueuedLogHandler(label: $0, writer: writer) })
    }
}

/// A gateway in this process on a port of the kernel's choice, configured by JSON text so that the real reader is used.
/// Four workers; store and access log in a folder of its own.
struct TestGateway: Sendable {
    static let appID = "wx4f4bc4dec97d474b"
    static let issuer = "https://gateway.test"
    static let secret = "a-signing-key-of-the-tests-and-of-nothing-else"
    static let adminToken = "an-admin-token-of-the-tests-0123456789"
    /// What services get as `via` of a client without one.
    static let via = "1.1 " + String(decoding: ViaName.own.bytes, as: UTF8.self)
    /// The operators' port, with a token for all that changes something.
    static let guardedAdmin = ["admin": #"{"address":"127.0.0.1:0","token":{"value":"\#(adminToken)"}}"#]
    /// The operators' port without a token.
    static let openAdmin = ["admin": #"{"address":"127.0.0.1:0"}"#]
    /// The route of most tests: everything to the service `s`, without a token.
    static let openRoute = #"{"path":"/**","service":"s","auth":"none"}"#

    let gateway: Gateway
    let configuration: GatewayConfiguration
    private let folder: TestFolder
    private let signer: TokenSigner

    var port: Int { gateway.ports[0] }
    var logPath: String { folder.path("access.log") }

    /// - Parameters:
    ///   - services: by name.
    ///   - routes: each a JSON object.
    ///   - members: further members of the file, or others in place of these here, as JSON.
    ///   - resolver: for the names of services.
    static func start(
        services: [String: TestService],
        routes: [String] = [openRoute],
        members: [String: String] = [:],
        log: RecordedLog? = nil,
        console: TestConsole? = nil,
        resolver: NameResolver = NameResolver()
    ) async throws -> TestGateway {
        let folder = try TestFolder()
        let configuration = try read(folder, services: services, routes: routes, members: members)
        guard let signer = TokenSigner(rules: try TokenRules(configuration)) else { throw TokenRulesError.noKey }
        var logger = log.map { log in Logger(label: "test") { _ in RecordedLog.Handler(log) } } ?? Logger(label: "test")
        logger.logLevel = log == nil ? .critical : .trace
        let gateway = try await Gateway.start(
            configuration,
            logger: console?.logger ?? logger,
            operatorsLog: console?.writer,
            resolver: resolver
        )
        return TestGateway(gateway: gateway, configuration: configuration, folder: folder, signer: signer)
    }

    /// Another configuration for the same gateway, to be put in force while it runs.
    func configuration(
        services: [String: TestService],
        routes: [String],
        members: [String: String] = [:]
    ) throws -> GatewayConfiguration {
        try Self.read(folder, services: services, routes: routes, members: members)
    }

    private static func read(
        _ folder: TestFolder,
        services: [String: TestService],
        routes: [String],
        members: [String: String]
    ) throws -> GatewayConfiguration {
        var all = [
            "listeners": #"[{"address":"127.0.0.1:0"}]"#,
            "wechat": wechat(baseURL: "http://127.0.0.1:9"),
            "tokens": """
            {"issuer":"\(issuer)","lifetime":"2h",
             "signingKeys":[{"id":"test-1","algorithm":"HS256","secret":{"value":"\(secret)"}}]}
            """,
            "sessions": """
            {"store":"sqlite:\(folder.path)/menshen.sqlite",
             "encryptionKey":{"value":"an-encryption-key-of-the-tests-only"}}
            """,
            "users": #"{"idKey":{"value":"a-user-id-key-of-the-tests-only-0123"}}"#,
            "accessLog": "\"\(folder.path)/access.log\"",
            "workers": "4",
            "services": "{" + services.map { "\"\($0.key)\":\($0.value.json)" }.joined(separator: ",") + "}",
            "routes": "[" + routes.joined(separator: ",") + "]",
        ]
        all.merge(members) { $1 }
        let text = "{" + all.map { "\"\($0.key)\":\($0.value)" }.joined(separator: ",\n") + "}"
        let result = GatewayConfiguration.load(bytes: Array(text.utf8))
        guard let configuration = result.configuration else {
            throw RefusedConfiguration(description: result.faults.map { "\($0)" }.joined(separator: "\n"))
        }
        return configuration
    }

    /// What `wechat` says, for a stand-in at that address.
    static func wechat(baseURL: String, _ members: String = "") -> String {
        #"{"baseURL":"\#(baseURL)","apps":[{"appId":"\#(appID)","secret":{"value":"an-app-secret"}\#(members)}]}"#
    }

    /// Starts a gateway, runs the test on a thread that may block, stops the gateway. Only a few run at a time.
    ///
    /// - Returns: the lines of the whole access log.
    @discardableResult
    static func run(
        services: [String: TestService],
        routes: [String] = [openRoute],
        members: [String: String] = [:],
        log: RecordedLog? = nil,
        console: TestConsole? = nil,
        resolver: NameResolver = NameResolver(),
        _ body: @Sendable (TestGateway) async throws -> Void
    ) async throws -> [String] {
        await TestSlots.shared.enter()
        do {
            let gateway = try await start(
                services: services,
                routes: routes,
                members: members,
                log: log,
                console: console,
                resolver: resolver
            )
            let lines: [String]
            do {
                try await withTaskExecutorPreference(BlockingExecutor.shared) { try await body(gateway) }
                try await gateway.gateway.stop()
                lines = try gateway.logLines()
            } catch {
                try? await gateway.gateway.stop()
                throw error
            }
            await TestSlots.shared.leave()
            return lines
        } catch {
            await TestSlots.shared.leave()
            throw error
        }
    }

    /// The same with one service `s` that follows a script; both are stopped at the end.
    @discardableResult
    static func run(
        service: ScriptedService,
        serviceMembers: [String: String] = [:],
        routes: [String] = [openRoute],
        members: [String: String] = [:],
        log: RecordedLog? = nil,
        console: TestConsole? = nil,
        _ body: @Sendable (TestGateway) async throws -> Void
    ) async throws -> [String] {
        defer { service.stop() }
        return try await run(
            services: ["s": .scripted(service, serviceMembers)],
            routes: routes,
            members: members,
            log: log,
            console: console,
            body
        )
    }

    /// The same for tests about the stop: the body stops the gateway.
    static func runToStop(
        service: ScriptedService,
        routes: [String] = [openRoute],
        members: [String: String] = [:],
        _ body: @Sendable (TestGateway) async throws -> Void
    ) async throws {
        await TestSlots.shared.enter()
        defer { service.stop() }
        do {
            let gateway = try await start(services: ["s": .scripted(service)], routes: routes, members: members)
            try await withTaskExecutorPreference(BlockingExecutor.shared) { try await body(gateway) }
        } catch {
            await TestSlots.shared.leave()
            throw error
        }
        await TestSlots.shared.leave()
    }

    /// For tests that use `start` themselves.
    func stop() async throws {
        try await gateway.stop()
    }

    /// A client of the operators' port.
    func operators() throws -> RawClient {
        guard let port = gateway.adminPort else { throw RefusedConfiguration(description: "no admin port") }
        return try RawClient(port: port, host: nil)
    }

    func client(receiveBuffer: Int32? = nil) throws -> RawClient {
        try RawClient(port: port, receiveBuffer: receiveBuffer)
    }

    /// A token that this gateway takes; with a lifetime below zero, one that has expired.
    func token(user: String = "u_test", unionid: String? = nil, lifetime: Int64 = 600) throws -> String {
        try signer.sign(
            TokenClaims(
                subject: user,
                appID: Self.appID,
                openid: "openid-of-" + user,
                unionid: unionid,
                sessionID: "session-of-" + user,
                lifetimeSeconds: lifetime
            ),
            now: TestClock.wallSeconds()
        )
    }

    /// A token for the user and the session of another one of this gateway's, with another lifetime.
    func token(like other: String, lifetime: Int64) throws -> String {
        let identity = try identity(of: other)
        func text(_ bytes: [UInt8]?) -> String { String(decoding: bytes ?? [], as: UTF8.self) }
        return try signer.sign(
            TokenClaims(
                subject: text(identity.userID),
                appID: text(identity.appID),
                openid: text(identity.openid),
                sessionID: text(identity.sessionID),
                lifetimeSeconds: lifetime
            ),
            now: TestClock.wallSeconds()
        )
    }

    /// The session that a token of this gateway's belongs to.
    func sessionID(of token: String) throws -> String {
        String(decoding: try identity(of: token).sessionID ?? [], as: UTF8.self)
    }

    private func identity(of token: String) throws -> Identity {
        var verifier = try TokenVerifier(rules: try TokenRules(configuration))
        let bytes = Array(token.utf8)
        guard case .valid(let identity) = verifier.verify(bytes.span, now: TestClock.wallSeconds()) else {
            throw RefusedConfiguration(description: "the token is not valid")
        }
        return identity
    }

    /// The access log's lines so far that end in a line feed.
    func logLines() throws -> [String] {
        guard folder.names().contains("access.log") else { throw SocketFault(call: "open", number: ENOENT) }
        let lines = folder.read("access.log").utf8.split(separator: UInt8(ascii: "\n"))
        return lines.map { String(decoding: $0, as: UTF8.self) }
    }
}
