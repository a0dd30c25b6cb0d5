import Glibc
import JSON
import NIOPosix
import Testing
import WeChatStandIn

/// A gateway whose WeChat is the stand-in.
struct LoginBench: Sendable {
    let gateway: TestGateway
    let standIn: StandInServer
    let service: ScriptedService

    /// - Parameters:
    ///   - service: stopped at the end; without one, a service that says what it was asked.
    ///   - wechat: further members of `wechat`, with a comma before them.
    ///   - apps: members of `apps`, as JSON.
    /// - Returns: the lines of the access log.
    @discardableResult
    static func run(
        service: ScriptedService? = nil,
        wechat: String = "",
        apps: [String] = [TestGateway.appID],
        routes: [String] = [#"{"path":"/**","service":"s"}"#],
        members: [String: String] = [:],
        log recorded: RecordedLog? = nil,
        console: TestConsole? = nil,
        _ body: @Sendable (LoginBench) async throws -> Void
    ) async throws -> [String] {
        let standIn = try await StandInServer.start(port: 0, group: MultiThreadedEventLoopGroup.singleton)
        let service = try service ?? TellingService.start()
        var all = members
        let list = apps.map { #"{"appId":"\#($0)","secret":{"value":"an-app-secret"}}"# }.joined(separator: ",")
        all["wechat"] = #"{"baseURL":"\#(standIn.baseURL)","apps":[\#(list)]\#(wechat)}"#
        do {
            let log = try await TestGateway.run(
                service: service,
                routes: routes,
                members: all,
                log: recorded,
                console: console
            ) {
                try await body(LoginBench(gateway: $0, standIn: standIn, service: service))
            }
            await standIn.stop()
            return log
        } catch {
            await standIn.stop()
            throw error
        }
    }

    /// A code that works once.
    func code(_ order: String = "{}") throws -> String {
        let response = try RawClient(port: standIn.port, host: nil).request("POST", "/stand-in/codes", body: order)
        return try #require(response.json?["code"]?.string)
    }

    func fail(_ fault: String) throws {
        let response = try RawClient(port: standIn.port, host: nil).request("POST", "/stand-in/faults", body: fault)
        try #require(response.status == 200)
    }

    /// Exchanges that the stand-in has seen.
    func exchanges() throws -> Int64? {
        try RawClient(port: standIn.port, host: nil).get("/stand-in/calls").json?["exchanges"]?.integer
    }

    func login(_ body: String, fields: [String] = []) throws -> RawResponse {
        try gateway.client().request("POST", "/auth/login", fields: fields, body: body)
    }

    func login(code: String) throws -> RawResponse { try login(#"{"code":"\#(code)"}"#) }

    /// A token of a user who logs in now.
    func token(openid: String? = nil, unionid: String? = nil) throws -> String {
        var order = [openid.map { #""openid":"\#($0)""# }, unionid.map { #""unionid":"\#($0)""# }].compactMap { $0 }
        order = ["{" + order.joined(separator: ",") + "}"]
        return try #require(try login(code: try code(order[0])).data?["token"]?.string)
    }

    /// A code of the phone button, for a number.
    func phoneCode(_ number: String) throws -> String {
        let body = #"{"phoneNumber":"\#(number)"}"#
        let response = try RawClient(port: standIn.port, host: nil).request("POST", "/stand-in/phone-codes", body: body)
        return try #require(response.json?["code"]?.string)
    }

    /// What the service got so far.
    func seenByService() -> (heads: [MessageFields], targets: [String]) {
        let requests = service.requests
        return (requests.map(\.fields), requests.map(\.target))
    }

    /// Does something for each value at once, each in a thread of its own.
    func inParallel<Value: Sendable, Answer: Sendable>(
        _ values: [Value],
        _ body: @escaping @Sendable (Value) throws -> Answer
    ) async throws -> [Answer] {
        try await withThrowingTaskGroup(of: (Int, Answer).self) { group in
            for (index, value) in values.enumerated() {
                group.addTask {
                    let outcome = Watched<Result<Answer, any Error>?>(nil)
                    let thread = try BlockingThread { outcome.withLock { $0 = Result { try body(value) } } }
                    thread.join()
                    return (index, try #require(outcome.withLock { $0 }).get())
                }
            }
            var answers: [(Int, Answer)] = []
            for try await answer in group { answers.append(answer) }
            return answers.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }
}

/// A service that says what it was asked; paths that end in a word of its own get another answer.
enum TellingService {
    static func start() throws -> ScriptedService {
        try ScriptedService.start { peer in
            while let request = try peer.readRequest() {
                let text = request.method == "HEAD" ? "" : "\(request.method) \(request.target) \(request.text)"
                let json = "Content-Type: application/json\r\n"
                switch request.target.split(separator: "/").last {
                case "json":
                    try peer.send(
                        "HTTP/1.1 200 OK\r\n\(json)Cache-Control: public\r\nContent-Length: 7\r\n\r\n{\"a\":1}"
                    )
                case "chunked":
                    try peer.send("HTTP/1.1 200 OK\r\n\(json)Transfer-Encoding: chunked\r\n\r\n3\r\n[1]\r\n0\r\n\r\n")
                case "ws":
                    try peer.send(ServicePeer.switching)
                    _ = try peer.readToEnd()
                    return
                case "empty":
                    try peer.send("HTTP/1.1 204 No Content\r\n\r\n")
                case "fail":
                    try peer.send("HTTP/1.1 500 Oh\r\n\(json)Content-Length: 7\r\n\r\n{\"b\":2}")
                case "count":
                    let count = "\(request.body.count)"
                    try peer.send("HTTP/1.1 200 OK\r\nContent-Length: \(count.utf8.count)\r\n\r\n\(count)")
                default:
                    let count = request.method == "HEAD" ? 5 : text.utf8.count
                    try peer.send("HTTP/1.1 200 OK\r\nContent-Length: \(count)\r\n\r\n\(text)")
                }
            }
        }
    }
}
