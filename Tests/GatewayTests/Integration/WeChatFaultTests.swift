import Gateway
import JSON
import Testing
import WeChatStandIn

@Suite("Whatever WeChat does, nothing leaks")
struct WeChatFaultTests {
    private static let admin = TestGateway.guardedAdmin

    private static let faults = [
        #"{"fault":"errcode","errcode":-1}"#, #"{"fault":"errcode","errcode":40029}"#,
        #"{"fault":"errcode","errcode":42003}"#, #"{"fault":"errcode","errcode":41008}"#,
        #"{"fault":"errcode","errcode":40163}"#, #"{"fault":"errcode","errcode":40226}"#,
        #"{"fault":"errcode","errcode":50002}"#, #"{"fault":"errcode","errcode":45011}"#,
        #"{"fault":"errcode","errcode":45009}"#, #"{"fault":"errcode","errcode":40013}"#,
        #"{"fault":"errcode","errcode":40125}"#, #"{"fault":"errcode","errcode":40243}"#,
        #"{"fault":"errcode","errcode":41002}"#, #"{"fault":"errcode","errcode":41004}"#,
        #"{"fault":"errcode","errcode":99999}"#, #"{"fault":"html"}"#, #"{"fault":"http500"}"#, #"{"fault":"cut"}"#,
        #"{"fault":"reset"}"#, #"{"fault":"missing-openid"}"#, #"{"fault":"missing-session-key"}"#,
        #"{"fault":"slow","delay":"30s"}"#, #"{"fault":"errcode-as-string"}"#, #"{"fault":"control-characters"}"#,
    ]

    @Test("no code, secret, session_key or token in any answer or line, by login and in place")
    func leaks() async throws {
        let recorded = RecordedLog()
        let secrets = Watched<[String]>(["an-app-secret", "session_key", TestGateway.secret])
        let answers = Watched<[String]>([])
        let access = try await LoginBench.run(
            wechat: #","timeout":"1500ms","connectTimeout":"1s""#,
            members: Self.admin,
            log: recorded
        ) { bench in
            let operators = try bench.gateway.operators()
            let client = try bench.gateway.client()
            for fault in Self.faults {
                for inPlace in [false, true] {
                    let code = try bench.code()
                    secrets.withLock { $0.append(code) }
                    try bench.fail(fault)
                    let answer =
                        inPlace
                        ? try client.get("/a", fields: ["x-wx-code: \(code)"]) : try bench.login(code: code)
                    if let token = answer["x-auth-token"] ?? answer.data?["token"]?.string {
                        // Whoever asked may see their own token, and nobody else.
                        secrets.withLock { $0.append(token) }
                    } else {
                        answers.withLock { $0.append(answer.text + answer.fields.lines.map(\.value).joined()) }
                    }
                    #expect(
                        try operators.request(
                            "DELETE",
                            "/wechat/fuses/\(TestGateway.appID)",
                            token: TestGateway.adminToken
                        ).status == 200
                    )
                }
                // Between them one that is answered, or the breaker would keep the next ones from WeChat.
                #expect(try bench.login(code: try bench.code()).outcome == "200 10000 -", "\(fault)")
            }
            #expect(try bench.exchanges() == Int64(3 * Self.faults.count))
        }
        #expect(recorded.lines.count >= Self.faults.count)
        let hidden = secrets.withLock { $0 }
        for line in recorded.lines + access + answers.withLock({ $0 }) {
            for secret in hidden { #expect(!line.contains(secret), "\(line)") }
            #expect(!line.contains("jscode2session") && !line.contains("js_code"), "\(line)")
        }
        for answer in answers.withLock({ $0 }) { #expect(!answer.contains("127.0.0.1"), "\(answer)") }
    }

    @Test("what speaks no TLS is told as WeChat away, and the operator's line says why")
    func tls() async throws {
        let recorded = RecordedLog()
        let plain = try ScriptedService.answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", thenCloses: true)
        defer { plain.stop() }
        let service = try TellingService.start()
        try await TestGateway.run(
            service: service,
            members: ["wechat": TestGateway.wechat(baseURL: "https://127.0.0.1:\(plain.port)")],
            log: recorded
        ) { gateway in
            let answer = try gateway.client().request("POST", "/auth/login", body: #"{"code":"a-code-of-the-test"}"#)
            #expect(answer.outcome == "503 30000 WECHAT_UNAVAILABLE")
            #expect(answer.dataStatus == 502)
            #expect(answer.relogin == false)
        }
        #expect(recorded.lines.contains { $0.contains("tls_failed") }, "\(recorded.lines)")
        #expect(!recorded.lines.contains { $0.contains("a-code-of-the-test") || $0.contains("an-app-secret") })
    }

    @Test("an idle connection that WeChat closed costs no login, and no code is sent twice")
    func idle() async throws {
        let wechat = try ScriptedService.start { peer in
            while let request = try peer.readRequest() {
                let code = request.target.split(separator: "&").first { $0.hasPrefix("js_code=") } ?? ""
                let body = #"{"openid":"o-\#(code.dropFirst(8))","session_key":"tiihtNczf5v6AKRyjwEUhQ=="}"#
                try peer.send("HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
                // Says nothing of it, as servers do that grow tired of an idle connection.
                return
            }
        }
        defer { wechat.stop() }
        let service = try TellingService.start()
        try await TestGateway.run(
            service: service,
            members: ["wechat": TestGateway.wechat(baseURL: "http://127.0.0.1:\(wechat.port)")]
        ) { gateway in
            let client = try gateway.client()
            for number in 0..<5 {
                let answer = try client.request("POST", "/auth/login", body: #"{"code":"code-\#(number)"}"#)
                #expect(answer.outcome == "200 10000 -")
            }
        }
        let sent = wechat.requests.map(\.target)
        #expect(sent.count == 5 && Set(sent).count == 5)
    }
}
