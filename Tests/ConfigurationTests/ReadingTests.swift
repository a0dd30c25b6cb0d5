import Configuration
import Testing

@Suite("Reading routes.json")
struct ReadingTests {
    @Test("What is left out has its default")
    func defaults() throws {
        let configuration = try #require(Fixture.load(["sessions": nil, "users": nil]).configuration)
        #expect(configuration.trustedProxies.isEmpty)
        #expect(configuration.admin == nil)
        #expect(configuration.weChat.baseURL == "https://api.weixin.qq.com")
        #expect(configuration.weChat.timeout == .seconds(5))
        #expect(configuration.weChat.connectTimeout == .seconds(2))
        #expect(configuration.weChat.exchanges == 256)
        #expect(configuration.weChat.apps.first?.statuses == nil)
        #expect(configuration.weChat.apps.first?.baseURL == nil)
        #expect(configuration.tokens.lifetime == .seconds(7200))
        #expect(configuration.tokens.header == "authorization")
        #expect(configuration.sessions.store == .sqlite(path: "var/menshen.sqlite"))
        #expect(configuration.sessions.encryptionKey == nil)
        #expect(configuration.sessions.formerEncryptionKeys == [] && !configuration.sessions.acceptUnsigned)
        #expect(configuration.sessions.storePassword == nil)
        #expect(configuration.sessions.lifetime == .seconds(30 * 86_400))
        #expect(configuration.users.idKey == nil)
        #expect(configuration.users.resolve == nil && configuration.users.linkBy == nil)
        #expect(configuration.login.path == "/auth" && configuration.login.rate == 200)
        #expect(configuration.login.sessionRate == RequestRate(count: 2, period: .seconds(1)))
        #expect(configuration.login.sessionBurst == 10 && configuration.login.phoneBy == .any)
        #expect(configuration.health.live == "/livez")
        #expect(configuration.health.ready == ["/readyz", "/healthz"])
        #expect(configuration.health.traffic)
        #expect(configuration.limits.requestLine == 8192)
        #expect(configuration.limits.headers == 32768)
        #expect(configuration.limits.headerCount == 100)
        #expect(configuration.limits.token == 8192)
        #expect(configuration.limits.body == .bytes(10_485_760))
        #expect(configuration.limits.connections == 10_000)
        #expect(configuration.timeouts.head == .seconds(10))
        #expect(configuration.timeouts.body == .seconds(30))
        #expect(configuration.timeouts.keepAlive == .seconds(60))
        #expect(configuration.timeouts.drain == .seconds(30))
        #expect(configuration.accessLog == .standardOutput)
        #expect(configuration.workers == nil)
        #expect(configuration.statuses == .real)
        let service = try #require(configuration.services["orders"])
        #expect(service.timeouts.connect == .seconds(2))
        #expect(service.timeouts.firstByte == .seconds(30))
        #expect(service.timeouts.idle == .seconds(60))
        #expect(service.timeouts.keepAlive == .seconds(4))
        #expect(service.serviceUnauthorized == .forbidden)
        let route = try #require(configuration.routes.first)
        #expect(route.methods.isEmpty && route.host == nil && route.priority == 0 && route.auth == .required)
        #expect(!route.keepSlashes && route.failures == .clientAndServerErrors && route.success == .pass)
        #expect(route.bodyLimit == nil && route.statuses == nil && !route.forwardToken)
    }

    @Test("Every key has its effect")
    func everyKey() throws {
        let secret = Secret(Array(Fixture.secret.utf8))
        let result = Fixture.load([
            "$schema": "\"./schema.json\"",
            "listeners": #"[{"address":"0.0.0.0:0"},{"address":"[::1]:8080"},{"address":"localhost:1"}]"#,
            "trustedProxies": #"["10.0.0.0/8","2001:DB8::/32","192.0.2.1"]"#,
            "admin": #"{"address":"[::1]:9901","hosts":["Ops.Example","[2001:DB8::1]:8443","localhost:1"]}"#,
            "wechat": """
            {"baseURL":"http://LOCALHOST:9010","timeout":"1s","connectTimeout":"250ms","exchanges":7,
             "apps":[{"appId":"wx1","secret":{"value":"s"},"baseURL":"https://wx.Example","statuses":"always200"}]}
            """,
            "tokens": """
            {"issuer":"https://g","lifetime":"60s","header":"X-Token",
             "signingKeys":[{"id":"a","algorithm":"HS256","secret":{"value":"\(Fixture.secret)"}}]}
            """,
            "sessions": #"{"store":"sqlite:/x/y.db","encryptionKey":{"value":"\#(Fixture.secret)"}}"#,
            "users": """
            {"idKey":{"value":"\(Fixture.secret)"},"linkBy":"unionid",
             "resolve":{"service":"orders","path":"/internal/users%20","timeout":"5s"}}
            """,
            "login": #"{"path":"/wx/%7elogin","rate":9,"sessionRate":"30/m","sessionBurst":40,"phoneBy":"code"}"#,
            "health": #"{"live":"/l","ready":["/r"],"traffic":false}"#,
            "limits":
                #"{"requestLine":"512B","headers":"1KiB","headerCount":7,"body":"unlimited","bodyRate":"1KiB","connections":9}"#,
            "timeouts": #"{"head":"1s","body":"2s","keepAlive":"3m","drain":"4h"}"#,
            "accessLog": "\"./access.log\"", "workers": "3", "statuses": "\"always200\"",
            "services": """
            {"orders":{"targets":["http://Example.com","http://[::1]:81"],"serviceUnauthorized":"pass",
             "timeouts":{"connect":"1ms","firstByte":"2ms","idle":"3ms","keepAlive":"4ms",
             "connectionAge":"10m"}}}
            """,
            "routes": """
            [{"path":"/a/{id}/**","methods":["GET","DELETE"],"host":"Example.COM","priority":-5,"service":"orders",
              "auth":"optional","slashes":"keep","failures":"none","success":"wrap","bodyLimit":"1GiB",
              "statuses":"real","forwardToken":true}]
            """,
        ])
        #expect(result.summaries == [])
        let configuration = try #require(result.configuration)
        #expect(configuration.listeners.map(\.address.description) == ["0.0.0.0:0", "[::1]:8080", "localhost:1"])
        #expect(configuration.trustedProxies.map(\.description) == ["10.0.0.0/8", "2001:db8::/32", "192.0.2.1"])
        #expect(configuration.admin?.address == ListenAddress(host: "::1", port: 9901))
        #expect(
            configuration.admin?.hosts.map(\.description) == ["ops.example", "[2001:db8::1]:8443", "localhost:1"]
        )
        #expect(configuration.weChat.baseURL == "http://localhost:9010")
        #expect(configuration.weChat.timeout == .seconds(1))
        #expect(configuration.weChat.connectTimeout == .milliseconds(250))
        #expect(configuration.weChat.exchanges == 7)
        #expect(configuration.weChat.apps.first?.appID == "wx1")
        #expect(configuration.weChat.apps.first?.baseURL == "https://wx.example")
        #expect(configuration.weChat.apps.first?.secret == Secret([0x73]))
        #expect(configuration.weChat.apps.first?.statuses == .always200)
        #expect(configuration.tokens.issuer == "https://g")
        #expect(configuration.tokens.lifetime == .seconds(60))
        #expect(configuration.tokens.header == "x-token")
        #expect(configuration.tokens.signingKeys.first?.id == "a")
        #expect(configuration.tokens.signingKeys.first?.secret == secret)
        #expect(configuration.sessions.store == .sqlite(path: "/x/y.db"))
        #expect(configuration.sessions.encryptionKey == secret)
        #expect(configuration.users.idKey == secret)
        #expect(configuration.users.linkBy == .unionid)
        let resolver = try #require(configuration.users.resolve)
        #expect(resolver.service == "orders" && resolver.path == "/internal/users%20")
        #expect(resolver.timeout == .seconds(5))
        #expect(configuration.login.path == "/wx/~login" && configuration.login.rate == 9)
        #expect(configuration.login.sessionRate == RequestRate(count: 30, period: .seconds(60)))
        #expect(configuration.login.sessionBurst == 40 && configuration.login.phoneBy == .code)
        #expect(configuration.health.live == "/l" && configuration.health.ready == ["/r"])
        #expect(!configuration.health.traffic)
        #expect(configuration.limits.requestLine == 512 && configuration.limits.headers == 1024)
        #expect(configuration.limits.headerCount == 7 && configuration.limits.connections == 9)
        #expect(configuration.limits.bodyRate == .bytesPerSecond(1024))
        #expect(configuration.limits.body == .unlimited && configuration.limits.body.maximum == .max)
        #expect(configuration.timeouts.head == .seconds(1) && configuration.timeouts.body == .seconds(2))
        #expect(configuration.timeouts.keepAlive == .seconds(180) && configuration.timeouts.drain == .seconds(14400))
        #expect(configuration.accessLog == .file("./access.log"))
        #expect(configuration.workers == 3)
        #expect(configuration.statuses == .always200)
        let service = try #require(configuration.services["orders"])
        #expect(
            service.targets.map(\.address) == [.http(host: "example.com", port: 80), .http(host: "::1", port: 81)]
        )
        #expect(service.serviceUnauthorized == .pass)
        #expect(service.timeouts.connect == .milliseconds(1) && service.timeouts.firstByte == .milliseconds(2))
        #expect(service.timeouts.idle == .milliseconds(3) && service.timeouts.keepAlive == .milliseconds(4))
        #expect(service.timeouts.connectionAge == .seconds(600))
        let route = try #require(configuration.routes.first)
        #expect(route.path.text == "/a/{id}/**" && route.path.hasRest)
        #expect(route.path.segments == [.literal([0x61]), .parameter])
        #expect(route.methods == [.get, .delete] && route.host == "example.com" && route.priority == -5)
        #expect(route.service == "orders" && route.auth == .optional && route.keepSlashes)
        #expect(route.failures == .none && route.success == .wrap && route.bodyLimit == .bytes(1 << 30))
        #expect(route.statuses == .real && route.forwardToken)
    }

    @Test("Warnings: derived keys, secrets in a file that others connect to, a service without routes")
    func warnings() {
        let result = Fixture.load([
            "listeners": #"[{"address":"0.0.0.0:80"}]"#, "sessions": nil, "users": "{}", "routes": "[]",
        ])
        #expect(result.faults.isEmpty)
        #expect(result.configuration != nil)
        #expect(
            result.warnings.map(\.pointer) == [
                "/sessions/encryptionKey", "/wechat/apps/0/secret/value", "/tokens/signingKeys/0/secret/value",
                "/users/idKey", "/services/orders",
            ]
        )
        #expect(result.warnings.allSatisfy { $0.description.contains(": warning: /") })
    }

    @Test(
        "A secret in the file is a warning as soon as the world is near",
        arguments: [[:], ["wechat": standIn, "trustedProxies": #"["127.0.0.1"]"#]]
    )
    func nearTheWorld(members: [String: String]) {
        let pointers = Fixture.load(members).warnings.map(\.pointer)
        #expect(pointers.contains("/tokens/signingKeys/0/secret/value"))
        #expect(pointers.count == 4)
    }

    @Test("On loopback, with a stand-in for WeChat, secrets may stand in the file")
    func loopback() {
        #expect(Fixture.load(["wechat": Self.standIn]).warnings.isEmpty)
        let listeners = #"[{"address":"localhost:1"},{"address":"[::1]:2"}]"#
        #expect(Fixture.load(["wechat": Self.standIn, "listeners": listeners]).warnings.isEmpty)
    }

    @Test("One app with the real WeChat is the world, whatever the others have")
    func oneRealApp() {
        let apps =
            #"[{"appId":"a","secret":{"value":"s"}},{"appId":"wxfedcba9876543210","secret":{"value":"s"},"baseURL":"https://w"}]"#
        let wechat = #"{"baseURL":"http://127.0.0.1:9010","apps":\#(apps)}"#
        #expect(Fixture.load(["wechat": wechat]).warnings.count == 5)
        #expect(Fixture.load(["wechat": wechat.replacing("https://w", with: "http://localhost:1")]).warnings.isEmpty)
    }

    @Test("A service that resolves users is used")
    func resolverIsUse() {
        let users = #"{"idKey":{"value":"\#(Fixture.userSecret)"},"resolve":{"service":"orders","path":"/u"}}"#
        let result = Fixture.load(["wechat": Self.standIn, "users": users, "routes": "[]"])
        #expect(result.summaries.isEmpty && result.warnings.isEmpty)
        #expect(result.configuration?.users.resolve?.timeout == .seconds(2))
    }

    private static let standIn =
        #"{"baseURL":"http://127.0.0.1:9010","apps":[{"appId":"wx1","secret":{"value":"app"}}]}"#

    @Test("A literal that clients may spell in two ways is a warning")
    func spellings() {
        let result = Fixture.load(
            ["wechat": Self.standIn],
            routes: [#"{"path":"/@me/%E8%AE%A2"}"#, #"{"path":"/plain-1.2_~"}"#]
        )
        #expect(result.warnings.map(\.pointer) == ["/routes/0/path"])
        #expect(result.warnings.first?.message.contains("\"@\" as \"%40\"") == true)
    }

    @Test("a password that no store asks for is told of")
    func idlePassword() {
        let key = #"{"value":"\#(Fixture.secret)"}"#
        for (store, isTold) in [("sqlite:x", true), ("redis://h", false)] {
            let section = #"{"store":"\#(store)","storePassword":{"value":"p"},"encryptionKey":\#(key)}"#
            let pointers = Fixture.load(["sessions": section]).warnings.map(\.pointer)
            #expect(pointers.contains("/sessions/storePassword") == isTold)
        }
    }

    @Test(
        "where a store is",
        arguments: [
            ("redis://h", .redis(host: "h", port: 6379, username: nil, database: 0)),
            (
                "redis://gate@Redis.internal:7000/3",
                .redis(host: "redis.internal", port: 7000, username: "gate", database: 3)
            ),
            ("redis://[::1]/", .redis(host: "::1", port: 6379, username: nil, database: 0)),
            ("redis+unix:/run/redis.sock", .redisSocket(path: "/run/redis.sock", database: 0)),
            ("redis+unix:var/r.sock?database=12", .redisSocket(path: "var/r.sock", database: 12)),
            ("sqlite:redis://x", .sqlite(path: "redis://x")),
        ] as [(String, SessionStoreLocation)]
    )
    func store(_ text: String, _ location: SessionStoreLocation) throws {
        let key = #"{"value":"\#(Fixture.secret)"}"#
        let section = #"{"store":"\#(text)","encryptionKey":\#(key),"formerEncryptionKeys":[\#(key)],"lifetime":"90d"}"#
        let sessions = try #require(Fixture.load(["sessions": section]).configuration).sessions
        #expect(sessions.store == location)
        #expect(sessions.formerEncryptionKeys == [Secret(Array(Fixture.secret.utf8))])
        #expect(sessions.lifetime == .seconds(90 * 86_400))
    }

    @Test("Rows without a signature are accepted only where the file says so, with a warning")
    func acceptUnsigned() throws {
        let key = #""encryptionKey":{"value":"\#(Fixture.secret)"}"#
        for (store, text) in [("redis://r", "can be any user"), ("sqlite:x", "has no effect")] {
            let result = Fixture.load(["sessions": #"{"store":"\#(store)",\#(key),"acceptUnsigned":true}"#])
            #expect(try #require(result.configuration).sessions.acceptUnsigned)
            let warnings = result.warnings.filter { $0.pointer == "/sessions/acceptUnsigned" }
            #expect(warnings.count == 1 && warnings.allSatisfy { "\($0)".contains(text) })
        }
    }
}
