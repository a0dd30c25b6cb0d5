import Configuration
import Testing

@Suite("Configurations that open doors silently")
struct OpenDoorTests {
    /// Warnings but for those of every fixture: its secrets stand in the file.
    private static func warnings(_ result: LoadResult) -> [String] {
        #expect(result.summaries == [])
        return result.warnings.filter { !$0.message.contains("in plain text") }.map { warning in
            "\(warning.pointer): \(warning.message)" + (warning.hint.map { "; " + $0 } ?? "")
        }
    }

    private static func warnings(_ members: [String: String?]) -> [String] { warnings(Fixture.load(members)) }

    // MARK: - Routes with weaker `auth`

    private static let two = #"{"orders":{"targets":["http://a"]},"web":{"targets":["http://b"]}}"#

    static let exposures: [(routes: [String], words: String)] = [
        (
            [#"{"path":"/admin/**"}"#, #"{"path":"/**","auth":"none"}"#],
            #"/routes/1/auth: GET /Admin/x needs no token, and a service that ignores case takes it for a request of "#
                + #"/routes/0 ("/admin/**"), where one is required; make sure that the service tells upper and lower case apart, "#
                + #"or set "auth": "required""#
        ),
        (
            [#"{"path":"/v1/**","auth":"optional"}"#, #"{"path":"/v1/admin/**"}"#, #"{"path":"/v1/Ops"}"#],
            #"/routes/0/auth: GET /v1/Admin/x needs no token, and a service that ignores case takes it for a request of "#
                + #"/routes/1 ("/v1/admin/**") and 1 more, where one is required; make sure that the service tells upper and "#
                + #"lower case apart, or set "auth": "required""#
        ),
        (
            [#"{"path":"/7/{id}","methods":["GET","POST"]}"#, #"{"path":"/7/**","auth":"none"}"#],
            #"/routes/1/auth: DELETE /7/x needs no token: /routes/0 ("/7/{id}"), where one is required, lists other methods; "#
                + #"set "methods" here to those that are open, or "auth": "required""#
        ),
        (
            [#"{"path":"/7/**","methods":["POST"]}"#, #"{"path":"/7/**","auth":"none"}"#],
            #"/routes/1/auth: DELETE /7/x needs no token: /routes/0 ("/7/**"), where one is required, lists other methods; "#
                + #"set "methods" here to those that are open, or "auth": "required""#
        ),
        (
            [#"{"path":"/7","host":"ops.example"}"#, #"{"path":"/**","auth":"none"}"#],
            #"/routes/1/auth: GET /7 to another host needs no token: /routes/0 ("/7"), where one is required, is for "#
                + #""ops.example" only; set "host" here too, or "auth": "required""#
        ),
        (
            [#"{"path":"/7/{id}"}"#, #"{"path":"/{any}/**","auth":"none","priority":1,"service":"web"}"#],
            #"/routes/1/auth: GET /7/x needs no token: the priority of this route takes it from /routes/0 ("/7/{id}"), "#
                + #"where one is required; remove "priority", or set "auth": "required""#
        ),
    ]

    @Test("A route that takes requests of a stricter one is named, with that one and an example", arguments: exposures)
    func exposed(_ example: (routes: [String], words: String)) {
        let told = Self.warnings(["services": Self.two, "routes": Self.list(example.routes)])
        #expect(told.filter(isExposure) == [example.words])
    }

    /// Adds the service where none is named.
    private static func list(_ routes: [String]) -> String {
        let whole = routes.map { route in
            route.contains("\"service\"") ? route : #"\#(route.dropLast()),"service":"orders"}"#
        }
        return "[" + whole.joined(separator: ",") + "]"
    }

    private func isExposure(_ warning: String) -> Bool { warning.contains("needs no token") }

    @Test(
        "What an operator means to open is left alone",
        arguments: [
            // A part of what is closed.
            [#"{"path":"/7/**"}"#, #"{"path":"/7/public/**","auth":"none"}"#],
            // Another service.
            [
                #"{"path":"/admin/**","host":"a.example","methods":["GET"]}"#,
                #"{"path":"/**","auth":"none","service":"web"}"#,
            ],
            // The same path with other methods, each named.
            [#"{"path":"/7/**","methods":["POST"]}"#, #"{"path":"/7/**","methods":["GET"],"auth":"none"}"#],
            // The same path for another host that is named.
            [#"{"path":"/7","host":"a.example"}"#, #"{"path":"/7","host":"b.example","auth":"none"}"#],
            // A lower priority; a higher one of what is more specific anyway.
            [#"{"path":"/7"}"#, #"{"path":"/7/**","priority":-1,"auth":"none"}"#],
            [#"{"path":"/7/**"}"#, #"{"path":"/7/x","priority":9,"auth":"none"}"#],
            // Nothing is required.
            [#"{"path":"/admin/**","auth":"optional"}"#, #"{"path":"/**","auth":"none"}"#],
            // Escapes have no case of their own.
            [#"{"path":"/%E8%AE%A2/**"}"#, #"{"path":"/**","auth":"none"}"#],
        ]
    )
    func meant(routes: [String]) {
        #expect(Self.warnings(["services": Self.two, "routes": Self.list(routes)]).filter(isExposure) == [])
    }

    @Test("Services with a common target are one")
    func commonTarget() {
        let services = #"{"orders":{"targets":["http://a"]},"web":{"targets":["http://b","http://a:80"]}}"#
        let routes = Self.list([#"{"path":"/admin/**"}"#, #"{"path":"/**","auth":"none","service":"web"}"#])
        #expect(Self.warnings(["services": services, "routes": routes]).filter(isExposure).count == 1)
    }

    // MARK: - Addresses

    @Test(
        "Networks of proxies that are as large as the internet",
        arguments: [
            ("0.0.0.0/0", true), ("::/0", true), ("128.0.0.0/1", true), ("10.0.0.0/8", false), ("fc00::/7", false),
        ]
    )
    func proxies(network: String, isTold: Bool) {
        let told = Self.warnings(["trustedProxies": #"["\#(network)"]"#])
        let words =
            "/trustedProxies/0: any client in \"\(network)\" may state an address of its choice in x-forwarded-for, and is "
            + "believed; list the addresses of your load balancer"
        #expect(told == (isTold ? [words] : []))
    }

    @Test(
        "A service that is the gateway itself",
        arguments: [
            ("127.0.0.1:8080", "http://127.0.0.1:8080", true), ("0.0.0.0:80", "http://127.0.0.1", true),
            ("[::]:80", "http://127.0.0.1", true), ("127.0.0.1:80", "http://localhost", true),
            ("[::1]:80", "http://[0:0::1]", true), ("0.0.0.0:80", "http://[::1]", false),
            ("127.0.0.1:80", "http://127.0.0.2", false), ("127.0.0.1:81", "http://127.0.0.1", false),
            ("0.0.0.0:80", "http://10.0.0.9", false),
        ]
    )
    func circle(listener: String, target: String, isRefused: Bool) {
        let result = Fixture.load([
            "listeners": #"[{"address":"\#(listener)"}]"#, "services": #"{"orders":{"targets":["\#(target)"]}}"#,
        ])
        let words =
            "/services/orders/targets/0: this is a listener of the gateway itself: requests would go round in a circle; "
            + "write the address of the service"
        #expect(result.summaries == (isRefused ? [words] : []))
    }

    @Test("A service that is the admin port")
    func adminAsService() {
        let result = Fixture.load([
            "admin": #"{"address":"127.0.0.1:9901"}"#, "services": #"{"orders":{"targets":["http://localhost:9901"]}}"#,
        ])
        #expect(
            result.summaries == [
                "/services/orders/targets/0: this is the admin port of the gateway: routes would open it to clients; "
                    + "write the address of the service"
            ]
        )
    }

    @Test(
        "Listeners that cannot be open together",
        arguments: [
            ("127.0.0.1:80", "0.0.0.0:80", true), ("0.0.0.0:80", "127.0.0.1:80", true),
            ("localhost:80", "0.0.0.0:80", true), ("[::]:80", "10.0.0.1:80", true), ("[::]:80", "0.0.0.0:80", true),
            ("0.0.0.0:80", "[::1]:80", false), ("0.0.0.0:80", "127.0.0.1:81", false),
            ("0.0.0.0:0", "127.0.0.1:0", false),
            ("127.0.0.1:80", "127.0.0.2:80", false),
        ]
    )
    func clash(one: String, other: String, isRefused: Bool) {
        let both = Fixture.load(["listeners": #"[{"address":"\#(one)"},{"address":"\#(other)"}]"#])
        let words = "/listeners/1/address: \"\(one)\" and \"\(other)\" cannot both be open; remove the narrower one"
        #expect(both.summaries == (isRefused ? [words] : []))
        let admin = Fixture.load([
            "listeners": #"[{"address":"\#(one)"}]"#,
            "admin": #"{"address":"\#(other)","token":{"value":"\#(String(repeating: "t", count: 32))"}}"#,
        ])
        let adminWords =
            "/admin/address: \"\(other)\" and the listener \"\(one)\" cannot both be open; choose another port"
        #expect(admin.summaries == (isRefused ? [adminWords] : []))
    }

    // MARK: - Secrets

    @Test(
        "A key file that every user may read or write",
        arguments: [(0o644, "read"), (0o604, "read"), (0o602, "write"), (0o640, nil), (0o600, nil)]
            as [(UInt32, String?)]
    )
    func permissions(mode: UInt32, what: String?) {
        var environment = Fixture.noEnvironment
        environment.contents = { _ in .success(Array(Fixture.userSecret.utf8)) }
        environment.kind = { _ in .file(permissions: mode) }
        let result = Fixture.load(["users": #"{"idKey":{"file":"k"}}"#], environment: environment)
        let words =
            what.map { ["/users/idKey/file: every user of this machine may \($0) this file; chmod o-rw FILE"] } ?? []
        #expect(Self.warnings(result) == words)
    }

    @Test("The permissions of a public key are nobody's business")
    func publicKey() {
        var environment = TestKeys.environment
        environment.kind = { _ in .file(permissions: 0o644) }
        let keys =
            #"{"id":"k","algorithm":"HS256","secret":{"value":"\#(Fixture.secret)"}},"#
            + #"{"id":"b","algorithm":"EdDSA","publicKey":{"file":"eddsa.pub"}}"#
        let result = Fixture.load(
            ["tokens": #"{"issuer":"i","signingKeys":[\#(keys)]}"#],
            environment: environment
        )
        #expect(Self.warnings(result) == [])
    }

    @Test("One secret for several purposes")
    func shared() {
        let told = Self.warnings([
            "sessions": #"{"encryptionKey":{"value":"\#(Fixture.secret)"}}"#,
            "users": #"{"idKey":{"value":"\#(Fixture.secret)"}}"#,
        ])
        let words =
            "is the same secret as /tokens/signingKeys/0/secret: who learns one has both; generate another one "
            + "with: openssl rand -base64 48"
        #expect(told == ["/sessions/encryptionKey: " + words, "/users/idKey: " + words])
        #expect(Self.warnings([:]) == [])
    }

    // MARK: - Limits

    static let limits: [(members: [String: String], words: [String])] = [
        (
            ["routes": #"[{"path":"/7","service":"orders","bodyLimit":"0B"}]"#],
            [
                #"/routes/0/bodyLimit: every request with a body gets 413; write "unlimited" for no limit, or list the "#
                    + "methods that have no body"
            ]
        ),
        (["routes": #"[{"path":"/7","service":"orders","bodyLimit":"0B","methods":["GET"]}]"#], []),
        (
            ["limits": #"{"body":"0KiB"}"#],
            [
                #"/limits/body: every request with a body gets 413; write "unlimited" for no limit, or list the methods "#
                    + "that have no body"
            ]
        ),
        (
            ["services": #"{"orders":{"targets":["http://a"],"timeouts":{"firstByte":"20s","request":"10s"}}}"#],
            [
                #"/services/orders/timeouts/firstByte: has no effect: it is longer than "request" (10s), which ends first; "#
                    + #"shorten it, or lengthen "request""#
            ]
        ),
        (["services": #"{"orders":{"targets":["http://a"],"timeouts":{"request":"10s"}}}"#], []),
        (
            [
                "services": #"{"orders":{"targets":["http://a"],"timeouts":{"request":"10s"}}}"#,
                "routes": #"[{"path":"/7","service":"orders","timeouts":{"idle":"11s","connect":"9s"}}]"#,
            ],
            [
                #"/routes/0/timeouts/idle: has no effect: it is longer than "request" (10s), which ends first; shorten it, "#
                    + #"or lengthen "request""#
            ]
        ),
        (
            ["services": #"{"orders":{"targets":["http://a"],"health":{"interval":"1s","timeout":"2s"}}}"#],
            [
                #"/services/orders/health/timeout: is longer than "interval" (1s): a target that hangs is asked less often "#
                    + #"than that; shorten it, or lengthen "interval""#
            ]
        ),
        (["services": #"{"orders":{"targets":["http://a"],"health":{"interval":"1s"}}}"#], []),
        (
            ["services": #"{"orders":{"targets":["http://a"],"retries":{"on":[404,429,503]}}}"#],
            [
                "/services/orders/retries/on/0: 404 is an answer, which another attempt gets too; list statuses of "
                    + "failures, such as 502, 503, 504"
            ]
        ),
    ]

    @Test("Limits that do something else than they seem to", arguments: limits.indices)
    func limit(index: Int) {
        #expect(Self.warnings(Self.limits[index].members.mapValues { .some($0) }) == Self.limits[index].words)
    }

    // MARK: - Names

    @Test(
        "An app id that WeChat never gave, unless a stand-in is asked",
        arguments: [
            ("wx0123456789abcdef", nil), ("wx0123456789ABCDEF", nil),
            ("gh_0123456789ab", "this is the original id (原始ID); copy the AppID beside it"),
            ("wx0123456789abcde", "copy the AppID from mp.weixin.qq.com"),
            ("wx0123456789abcdeg", "copy the AppID from mp.weixin.qq.com"),
        ]
    )
    func appID(text: String, hint: String?) {
        let apps = #""apps":[{"appId":"\#(text)","secret":{"value":"app"}}]"#
        let words = hint.map {
            [
                "/wechat/apps/0/appId: \"\(text)\" is not an AppID of WeChat: those are \"wx\" and 16 hexadecimal digits; "
                    + $0
            ]
        }
        #expect(Self.warnings(["wechat": "{\(apps)}"]) == words ?? [])
        #expect(Self.warnings(["wechat": #"{"baseURL":"http://127.0.0.1:9010",\#(apps)}"#]) == [])
    }

    @Test(
        "An issuer that no token can have",
        arguments: [
            ("https://g.example", nil), ("menshen", nil), ("urn:menshen:g", nil), ("https://g.example/a", nil),
            ("https:/g.example", "is a URL without a host"), ("https://", "is a URL without a host"),
            ("https:///g", "is a URL without a host"), ("https://g?a=b", "is a URL with a query or a fragment"),
            ("my gateway", "has a space in it"), (":g", "has a colon, and is no URI"),
            ("g_w:1", "has a colon, and is no URI"),
        ]
    )
    func issuer(name: String, words: String?) {
        let keys = #""signingKeys":[{"id":"k","algorithm":"HS256","secret":{"value":"\#(Fixture.secret)"}}]"#
        let told = Self.warnings(["tokens": #"{"issuer":"\#(name)",\#(keys)}"#])
        let all = words.map { ["/tokens/issuer: \"\(name)\" \($0); for example \"https://gateway.example.com\""] }
        #expect(told == all ?? [])
    }

    @Test("A database of Redis that is seldom there", arguments: [("redis://h/15", false), ("redis://h/16", true)])
    func database(store: String, isTold: Bool) {
        let told = Self.warnings([
            "sessions": #"{"store":"\#(store)","encryptionKey":{"value":"\#(Fixture.sessionSecret)"}}"#
        ])
        let words =
            "/sessions/store: Redis has the databases 0 to 15, unless its own configuration has more (\"databases\"); "
            + "choose one of them"
        #expect(told == (isTold ? [words] : []))
    }

    // MARK: - Files

    @Test(
        "The log's folder has to be there, and the log must be none",
        arguments: [
            ("/log/a.log", nil),
            ("/none/a.log", #"the folder "/none" does not exist; create it: mkdir -p /none"#),
            (
                "none/a.log",
                #"the folder "none" does not exist; create it: mkdir -p none; relative paths start at the working directory"#
            ),
            ("/log/sub", #""/log/sub" is a folder; name a file in it, for example "/log/sub/access.log""#),
            ("/log/file/a.log", #""/log/file" is not a folder; choose another path"#), ("/a.log", nil),
        ]
    )
    func log(path: String, words: String?) {
        var environment = Fixture.noEnvironment
        environment.kind = { path in
            switch path {
            case "/", "/log", "/log/sub": .folder
            case "/log/file": .file(permissions: 0o600)
            default: .missing
            }
        }
        let result = Fixture.load(["accessLog": "\"\(path)\""], environment: environment)
        #expect(result.summaries == (words.map { ["/accessLog: " + $0] } ?? []))
    }

    @Test("A store that is a folder")
    func store() {
        var environment = Fixture.noEnvironment
        environment.kind = { _ in .folder }
        let section = #"{"store":"sqlite:var","encryptionKey":{"value":"\#(Fixture.sessionSecret)"}}"#
        #expect(
            Fixture.load(["sessions": section], environment: environment).summaries == [
                #"/sessions/store: "var" is a folder; name a file in it, for example "sqlite:var/menshen.sqlite""#
            ]
        )
    }

    @Test("The files of this machine are looked at")
    func live() {
        let kind = ConfigurationEnvironment.live.kind
        #expect(kind("/") == .folder)
        #expect(kind("/nowhere/at/all") == .missing)
        if case .file(let permissions) = kind("/etc/passwd") {
            #expect(permissions & 0o044 == 0o044)
        } else {
            Issue.record("/etc/passwd is \(kind("/etc/passwd"))")
        }
    }
}
