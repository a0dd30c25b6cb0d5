import JSON
import Login
import ScriptedServer
import Sessions
import Testing

@Suite("Asking the service that knows the users", .timeLimit(.minutes(5)))
struct ResolverTests {
    private func house(
        _ targets: [String],
        timeout: Duration = .seconds(10),
        store: MemoryStore = MemoryStore(),
        _ respond: @escaping @Sendable (ScriptedServer.Request) -> ScriptedServer.Step = { _ in .answer(success) }
    ) throws -> LoginHouse {
        try LoginHouse(
            store: store,
            { parts, api in
                parts.resolver = UserResolver(targets: targets, path: "/internal/users", timeout: timeout, api: api)
            },
            respond: respond
        )
    }

    @Test("its id is the user's, at every login anew")
    func resolves() async throws {
        let accounts = try ScriptedServer { .answer(http(#"{"userId":"team:\#($0.number)","x":1}"#)) }
        let house = try house([accounts.baseURL])
        let first = try await house.holder(code: "c1")
        #expect(first.userID == "team:1" && house.minter.subjects.last?.userID == "team:1")
        let request = try #require(accounts.requests.first)
        #expect(request.head.hasPrefix("POST /internal/users HTTP/1.1\r\n"))
        #expect(request.head.lowercased().contains("content-type: application/json"))
        #expect(request.body == #"{"appId":"wx1","openid":"oGZ","unionid":"oc"}"#)
        #expect(try await house.holder(code: "c2").userID == "team:2")
        #expect(await house.call(.session, first).userID == "team:2")
    }

    @Test("without a unionid it is told null")
    func noUnionid() async throws {
        let accounts = try ScriptedServer { _ in .answer(http(#"{"userId":"u"}"#)) }
        let house = try house([accounts.baseURL]) { _ in .answer(http(#"{"openid":"o","session_key":"k"}"#)) }
        _ = try await house.holder()
        #expect(accounts.requests.first?.body == #"{"appId":"wx1","openid":"o","unionid":null}"#)
    }

    static let failures: [(ScriptedServer.Step, LoginFailure.ResolverFault)] = [
        (.answer(http("{}", status: 404)), .status(404)), (.answer(http("", status: 503)), .status(503)),
        (.answer(http(#"{"userId":"u"}"#, status: 201)), .status(201)), (.answer(http("<html>")), .protocolViolation),
        (.answer(http("{}")), .protocolViolation), (.answer(http(#"{"userId":7}"#)), .protocolViolation),
        (.answer(http(#"{"userId":""}"#)), .protocolViolation),
        (.answer(http(#"{"userId":":u"}"#)), .protocolViolation),
        (.answer(http(#"{"userId":"a b"}"#)), .protocolViolation),
        (.answer(http(#"{"userId":"\#(String(repeating: "u", count: 257))"}"#)), .protocolViolation),
        (.answer(http(#"{"userId":"ü"}"#)), .protocolViolation), (.answerThenReset("HTTP/1.1 2"), .protocolViolation),
        (.answerThenClose("nothing"), .protocolViolation),
    ]

    @Test("each failure of it fails the login, and the code is spent", arguments: failures)
    func fails(_ step: ScriptedServer.Step, _ fault: LoginFailure.ResolverFault) async throws {
        let accounts = try ScriptedServer { _ in step }
        let store = MemoryStore()
        let house = try house([accounts.baseURL], store: store)
        #expect(await house.login().failure == .resolverFailed(fault))
        #expect(await house.login().failure == .codeUsed)
        #expect(accounts.requests.count <= 1 && house.server.requests.count == 1)
        #expect(store.count(.record) == 0)
        #expect(house.events.first?.needsOperator == true)
    }

    @Test("one that does not answer in time")
    func timeout() async throws {
        let accounts = try ScriptedServer { _ in .hang }
        let house = try house([accounts.baseURL], timeout: .milliseconds(200))
        #expect(await house.login().failure == .resolverFailed(.timeout))
    }

    @Test("a server that cannot be reached is passed over; where none can be, there is no connection")
    func targets() async throws {
        let deaf = try DeafPort()
        let accounts = try ScriptedServer { _ in .answer(http(#"{"userId":"u"}"#)) }
        let dead = "http://127.0.0.1:\(deaf.number)"
        #expect(try await house([dead, accounts.baseURL]).holder().userID == "u")
        #expect(await (try house([dead, dead])).login().failure == .resolverFailed(.connect))
    }

    @Test("nothing is sent to a second server after the first took it")
    func noRepetition() async throws {
        let first = try ScriptedServer { _ in .answerThenReset("") }
        let second = try ScriptedServer { _ in .answer(http(#"{"userId":"u"}"#)) }
        let house = try house([first.baseURL, second.baseURL])
        #expect(await house.login().failure == .resolverFailed(.protocolViolation))
        #expect(second.requests.isEmpty)
    }
}

@Suite("One user of one person's accounts", .timeLimit(.minutes(5)))
struct LinkTests {
    private func house(_ store: MemoryStore = MemoryStore(), links: Bool = true) throws -> LoginHouse {
        try LoginHouse(apps: ["wx1", "wx2"], store: store, { parts, _ in parts.linksByUnionid = links }) { request in
            let app = request.target.contains("appid=wx1&") ? "1" : "2"
            let unionid = request.target.contains("js_code=none") ? "" : #","unionid":"oc""#
            return .answer(http(#"{"openid":"o\#(app)","session_key":"k"\#(unionid)}"#))
        }
    }

    @Test("accounts with one unionid are one user, in gateways that share no store too")
    func linked() async throws {
        let house = try house()
        let first = try await house.holder(code: "c1", appID: "wx1").userID
        #expect(try await house.holder(code: "c2", appID: "wx2").userID == first)
        #expect(try await self.house().holder(code: "c3", appID: "wx2").userID == first)
        #expect(try await self.house(links: false).holder(code: "c4", appID: "wx2").userID != first)
    }

    @Test("who had an id keeps it, and gives it to the accounts that come after")
    func keepsID() async throws {
        let house = try house()
        let first = try await house.holder(code: "none1", appID: "wx1").userID
        #expect(try await house.holder(code: "c2", appID: "wx1").userID == first)
        #expect(try await house.holder(code: "c3", appID: "wx2").userID == first)
    }

    @Test("an id from a unionid is none that an openid could give")
    func namespaced() throws {
        let ids = try UserIDs(secret: Array("k".utf8))
        let linked = try ids.userID(unionid: "oc")
        #expect(linked.hasPrefix("u_") && linked.utf8.count == 26)
        for (appID, openid) in [("", "oc"), ("unionid", "oc"), ("unionid:", "oc"), ("unionid:oc", "")] {
            #expect(try ids.userID(appID: appID, openid: openid) != linked)
        }
    }
}
