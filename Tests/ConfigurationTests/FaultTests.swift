import Configuration
import Testing

@Suite("Faults of routes.json")
struct FaultTests {
    @Test("All are reported together, with line and column, in the order of the file")
    func allTogether() {
        let text = """
            {
              "listeners": [ { "address": "127.0.0.1" } ],
              "wechat": { "apps": [ { "appId": "wx1", "secret": { "env": "MISSING" } } ] },
              "tokens": {
                "issuer": "i", "lifetime": "2 hours",
                "signingKeys": [ { "id": "k", "algorithm": "HS256", "secret": { "value": "short" } } ]
              },
              "services": { "orders": { "targets": [ "http://127.0.0.1:9001" ] } },
              "routes": [
                { "path": "/a", "service": "orders", "method": ["GET"] },
                { "path": "/b", "service": "ordres" }
              ]
            }
            """
        let lines = Fixture.load(text: text).faults.map(\.description)
        #expect(
            lines == [
                #"routes.json:2:31: /listeners/0/address: "127.0.0.1" has no port; write "127.0.0.1:8080""#,
                "routes.json:3:62: /wechat/apps/0/secret/env: this environment variable is not set",
                #"routes.json:5:32: /tokens/lifetime: "2 hours" is no duration; write a whole number and a unit: "#
                    + #""250ms", "5s", "2h""#,
                "routes.json:6:78: /tokens/signingKeys/0/secret/value: the secret is under 32 bytes; make one with: "
                    + "openssl rand -base64 32",
                #"routes.json:10:42: /routes/0/method: unknown key; did you mean "methods"?"#,
                #"routes.json:11:32: /routes/1/service: no service named "ordres"; did you mean "orders"?"#,
            ]
        )
    }

    @Test("A file that is no JSON has one fault")
    func syntax() {
        let result = Fixture.load(text: "{\n  \"listeners\": [,]\n}")
        #expect(result.configuration == nil)
        #expect(result.faults.count == 1)
        #expect(result.faults.first?.line == 2)
        #expect(result.faults.first?.column == 17)
        #expect(result.faults.first?.message.hasPrefix("not JSON: ") == true)
    }

    @Test("A file that cannot be read has one fault without a place")
    func unreadable() {
        let result = GatewayConfiguration.load(path: "missing.json", environment: Fixture.noEnvironment)
        #expect(result.faults.map(\.description) == ["missing.json: cannot be read: No such file or directory"])
    }

    @Test(
        "Keys that are missing are named at the object that lacks them",
        arguments: ["listeners", "wechat", "tokens", "services", "routes"]
    )
    func missing(_ key: String) {
        var replacements: [String: String?] = ["routes": "[]", "services": "{}"]
        replacements[key] = .some(nil)
        let result = Fixture.load(replacements)
        #expect(result.faults.count == 1)
        #expect(result.faults.first?.pointer == "/\(key)")
        #expect(result.faults.first?.line == 1)
        #expect(result.summaries.first?.hasPrefix("/\(key): this key is required") == true)
    }

    @Test("A misspelt key is not reported as missing too")
    func misspelt() {
        let result = Fixture.load(["routes": nil, "route": "[]"])
        #expect(result.summaries == [#"/route: unknown key; did you mean "routes"?"#])
    }

    @Test(
        "Every section wants an object",
        arguments: [
            "admin", "wechat", "tokens", "sessions", "users", "login", "health", "limits", "timeouts", "services",
        ]
    )
    func wrongType(_ key: String) {
        for (value, name) in [("null", "null"), ("[]", "an array"), ("1", "a number"), ("\"x\"", "a string")] {
            let summaries = Fixture.load([key: value]).summaries
            #expect(summaries.contains { $0.hasPrefix("/\(key): must be an object, not \(name)") }, "\(summaries)")
        }
    }

    static let single: [(key: String, value: String, summary: String)] = [
        ("listeners", "[]", "/listeners: at least 1 is needed"),
        (
            "listeners", #"[{"address":"example.com:80"}]"#,
            #"/listeners/0/address: "example.com" is no address of this"#
        ),
        (
            "listeners", #"[{"address":"127.0.0.1:65536"}]"#,
            #"/listeners/0/address: "127.0.0.1:65536" is no address and port"#
        ),
        ("listeners", #"[{"address":"::1:80"}]"#, #"/listeners/0/address: "::1:80" is no address and port; write"#),
        (
            "listeners", #"[{"address":"[::1]:80"},{"address":"[::1]:80"}]"#,
            #"/listeners/1/address: "[::1]:80" is listened on already"#
        ),
        (
            "trustedProxies", #"["10.0.0.1/8"]"#,
            #"/trustedProxies/0: "10.0.0.1/8" has bits set behind its prefix; did you mean "10.0.0.0/8"?"#
        ),
        ("trustedProxies", #"["10.0.0.0/33"]"#, #"/trustedProxies/0: "10.0.0.0/33" is no address or block"#),
        ("trustedProxies", #"["10.1"]"#, #"/trustedProxies/0: "10.1" is no address or block"#),
        ("trustedProxies", #"["::1","0:0::1"]"#, #"/trustedProxies/1: "::1" stands here already"#),
        (
            "admin", #"{"address":"0.0.0.0:9901"}"#,
            "/admin/address: without \"token\" nothing guards the admin port, so it must be on loopback; set \"token\","
        ),
        ("admin", #"{"address":"127.0.0.1:8080"}"#, #"/admin/address: "127.0.0.1:8080" is a listener's already"#),
        (
            "admin", #"{"address":"127.0.0.1:1","token":{"value":"x"}}"#,
            "/admin/token/value: the secret is under 32 bytes"
        ),
        (
            "admin", #"{"address":"127.0.0.1:1","hosts":["http://ops.example"]}"#,
            "/admin/hosts/0: \"http://ops.example\" is no host name with an optional port"
        ),
        (
            "admin", #"{"address":"127.0.0.1:1","hosts":["a.example."]}"#,
            "/admin/hosts/0: \"a.example.\" is no host name"
        ),
        (
            "admin", #"{"address":"127.0.0.1:1","hosts":["a.example:1","A.example:1"]}"#,
            "/admin/hosts/1: \"a.example:1\" stands here already"
        ),
        ("workers", "0", "/workers: 0 is no whole number from 1 to 64"),
        ("workers", "2.0", "/workers: 2.0 is no whole number from 1 to 64"),
        ("workers", "99999999999999999999", "/workers: 99999999999999999999 is no whole number"),
        ("workers", "\"2\"", "/workers: must be a whole number, not a string"),
        (
            "accessLog", "\"stdot\"",
            #"/accessLog: "stdot" is not "stdout", "off" or a file path with a slash; did you mean "stdout"?"#
        ),
        ("accessLog", "\"var/\"", #"/accessLog: "var/" is not"#),
        ("statuses", "\"always\"", #"/statuses: "always" is none of "real", "always200"; did you mean "always200"?"#),
        ("login", #"{"rate":0}"#, "/login/rate: 0 is no whole number from 1 to 1000000"),
        ("login", #"{"sessionRate":2}"#, "/login/sessionRate: must be a string such as"),
        ("login", #"{"sessionRate":"2"}"#, #"/login/sessionRate: "2" is no rate; write a whole number and"#),
        ("login", #"{"sessionBurst":0}"#, "/login/sessionBurst: 0 is no whole number from 1 to 1000000"),
        (
            "login", #"{"sessionRate":"1/d","sessionBurst":31}"#,
            "/login/sessionBurst: takes more than 30 days to be full again"
        ),
        ("login", #"{"phoneBy":"cod"}"#, #"/login/phoneBy: "cod" is none of "any", "code"; did you mean "code"?"#),
        ("users", #"{"linkBy":"openid"}"#, #"/users/linkBy: "openid" is none of "unionid""#),
        (
            "users", #"{"resolve":{"service":"order","path":"/u"}}"#,
            #"/users/resolve/service: no service named "order"; did you mean "orders"?"#
        ),
        (
            "users", #"{"resolve":{"service":"orders","path":"u"}}"#,
            #"/users/resolve/path: "u" is no absolute path; it begins with a slash"#
        ),
        (
            "users", #"{"resolve":{"service":"orders","path":"/u?x=1"}}"#,
            #"/users/resolve/path: "/u?x=1" is no path as requests have it"#
        ),
        ("users", #"{"resolve":{"service":"orders"}}"#, "/users/resolve/path: this key is required"),
        (
            "wechat", #"{"exchanges":4097,"apps":[{"appId":"wx1","secret":{"value":"app"}}]}"#,
            "/wechat/exchanges: 4097 is no whole number from 1 to 4096"
        ),
        (
            "wechat", #"{"apps":[{"appId":"wx1","secret":{"value":"app"},"baseURL":"http://example.com"}]}"#,
            "/wechat/apps/0/baseURL: http would send the app's secret in the clear"
        ),
        ("login", #"{"path":"/auth/"}"#, #"/login/path: "/auth/" has an empty segment or a slash at its end"#),
        ("login", #"{"path":"/"}"#, #"/login/path: "/" has an empty segment or a slash at its end"#),
        ("login", #"{"path":"/auth/*"}"#, #"/login/path: "/auth/*" holds a wildcard"#),
        ("login", #"{"path":"auth"}"#, #"/login/path: a path begins with "/"; did you mean "/auth"?"#),
        ("health", #"{"live":"/auth/livez"}"#, #"/health/live: lies under "login.path""#),
        ("health", #"{"ready":["/auth"]}"#, #"/health/ready/0: lies under "login.path""#),
        ("health", #"{"ready":["/livez"]}"#, #"/health/ready/0: is the path of "live" already"#),
        ("health", #"{"ready":[]}"#, "/health/ready: at least 1 is needed"),
        ("health", #"{"traffic":"no"}"#, "/health/traffic: must be true or false, not a string"),
        (
            "sessions", #"{"store":"redis://u:hunter2@h"}"#,
            "/sessions/store: a password does not stand in the store's URL"
        ),
        (
            "sessions", #"{"store":"redis://:hunter2@h"}"#,
            "/sessions/store: a password does not stand in the store's URL"
        ),
        ("sessions", #"{"store":"rediss://h"}"#, "/sessions/store: Redis over TLS is not spoken by this version"),
        ("sessions", #"{"store":"redis://h:70000"}"#, "/sessions/store: the store's address is not"),
        ("sessions", #"{"store":"redis://h/x"}"#, "/sessions/store: the store's database is no number"),
        ("sessions", #"{"store":"redis://@h"}"#, "/sessions/store: the user name of the store"),
        ("sessions", #"{"store":"redis+unix://h/s"}"#, "/sessions/store: a socket is a path"),
        ("sessions", #"{"store":"redis+unix:/s?db=1"}"#, "/sessions/store: the store's socket is not"),
        ("sessions", #"{"lifetime":"7200500ms"}"#, "/sessions/lifetime: sessions count whole seconds"),
        ("sessions", #"{"lifetime":"1h"}"#, #"/sessions/lifetime: is shorter than "tokens.lifetime""#),
        (
            "sessions", #"{"formerEncryptionKeys":[{"value":"short"}]}"#,
            "/sessions/formerEncryptionKeys/0/value: the secret is under 32 bytes"
        ),
        (
            "sessions", #"{"formerEncryptionKeys":[{"value":"0123456789abcdef0123456789abcdef"}]}"#,
            #"/sessions/formerEncryptionKeys: there is no "encryptionKey" that these came before"#
        ),
        ("sessions", #"{"store":"sqlite:"}"#, #"/sessions/store: the store is not "sqlite:PATH""#),
        ("services", #"{"a b":{"targets":["http://h"]}}"#, "/services/a b: a name has 1 to 64 letters"),
        ("services", #"{"a/b~":{"targets":["http://h"]}}"#, "/services/a~1b~0: a name has 1 to 64 letters"),
        ("services", #"{"orders":{"targets":[]}}"#, "/services/orders/targets: at least 1 is needed"),
        (
            "services", #"{"orders":{"targets":["ftp://h"]}}"#,
            "/services/orders/targets/0: not a URL that begins with http://"
        ),
        (
            "services", #"{"orders":{"targets":["http://h:0"]}}"#,
            "/services/orders/targets/0: the URL has no valid host and port"
        ),
        (
            "services", #"{"orders":{"targets":["http://h/"]}}"#,
            "/services/orders/targets/0: the URL ends after the port"
        ),
        (
            "services", #"{"orders":{"targets":["http://u@h"]}}"#,
            "/services/orders/targets/0: a user name or password has no place"
        ),
        (
            "services", #"{"orders":{"targets":["http://H","http://h:80"]}}"#,
            "/services/orders/targets/1: \"http://h:80\" stands here already"
        ),
        (
            "services", #"{"orders":{"targets":["http://127.1"]}}"#,
            "/services/orders/targets/0: the URL has no valid host and port"
        ),
        (
            "services", #"{"orders":{"targets":["http://h"],"serviceUnauthorized":"401"}}"#,
            #"/services/orders/serviceUnauthorized: "401" is none of "403", "502", "pass""#
        ),
        (
            "services", #"{"orders":{"targets":["http://h"],"timeouts":{"connect":"0s"}}}"#,
            #"/services/orders/timeouts/connect: "0s" is not from 1ms to 24h"#
        ),
        ("limits", #"{"requestLine":"1MiB"}"#, #"/limits/requestLine: "1MiB" is not from 256B to 64KiB"#),
        ("limits", #"{"body":"unlimitd"}"#, #"/limits/body: "unlimitd" is no size; did you mean "unlimited"?"#),
        (
            "limits", #"{"headers":32768}"#,
            #"/limits/headers: must be a string such as "512B", "64KiB" or "10MiB", not a number"#
        ),
    ]

    @Test("One wrong value, one fault", arguments: single)
    func oneFault(_ example: (key: String, value: String, summary: String)) {
        var replacements: [String: String?] = [example.key: example.value]
        if example.key == "services" { replacements["routes"] = "[]" }
        let result = Fixture.load(replacements)
        #expect(result.configuration == nil)
        #expect(result.faults.count == 1, "\(result.summaries)")
        #expect(result.summaries.first?.hasPrefix(example.summary) == true, "\(result.summaries)")
    }

    static let weChatAndTokens: [(key: String, value: String, summary: String)] = [
        ("wechat", #""apps":[]"#, "/wechat/apps: at least 1 is needed"),
        (
            "wechat", #""apps":[{"appId":"a","secret":{"value":"x"}},{"appId":"a","secret":{"value":"x"}}]"#,
            #"/wechat/apps/1/appId: the app "a" stands here already"#
        ),
        (
            "wechat", #""baseURL":"http://api.weixin.qq.com",\#(app)"#,
            "/wechat/baseURL: http would send the app's secret in the clear"
        ),
        (
            "wechat", #""baseURL":"https://api.weixin.qq.com/sns",\#(app)"#,
            "/wechat/baseURL: the URL ends after the port"
        ),
        (
            "wechat", #""timeout":"1s",\#(app)"#,
            #"/wechat/connectTimeout: is longer than "timeout", of which it is a part"#
        ),
        ("tokens", #""issuer":"i","signingKeys":[]"#, "/tokens/signingKeys: at least 1 is needed"),
        ("tokens", #""issuer":"","signingKeys":[\#(key)]"#, #"/tokens/issuer: "" cannot be an issuer"#),
        ("tokens", #""issuer":"a\"b","signingKeys":[\#(key)]"#, #"/tokens/issuer: "a"b" cannot be an issuer"#),
        (
            "tokens", #""issuer":"i","lifetime":"1500ms","signingKeys":[\#(key)]"#,
            "/tokens/lifetime: tokens count whole seconds"
        ),
        (
            "tokens", #""issuer":"i","lifetime":"31d","signingKeys":[\#(key)]"#,
            #"/tokens/lifetime: "31d" is not from 1s to 30d"#
        ),
        (
            "tokens", #""issuer":"i","header":"X-User-Id","signingKeys":[\#(key)]"#,
            #"/tokens/header: "x-user-id" has a meaning of its own"#
        ),
        (
            "tokens", #""issuer":"i","header":"x-wx-token","signingKeys":[\#(key)]"#,
            #"/tokens/header: "x-wx-token" has a meaning of its own"#
        ),
        (
            "tokens", #""issuer":"i","header":"a b","signingKeys":[\#(key)]"#,
            #"/tokens/header: "a b" is no header field name"#
        ),
        (
            "tokens", #""issuer":"i","signingKeys":[\#(key),\#(key)]"#,
            #"/tokens/signingKeys/1/id: the key "k" stands here already"#
        ),
        (
            "tokens",
            #""issuer":"i","signingKeys":[{"id":"k","algorithm":"RS512","secret":{"value":"\#(Fixture.secret)"}}]"#,
            #"/tokens/signingKeys/0/algorithm: "RS512" is none of "HS256", "ES256", "EdDSA", "RS256""#
        ),
    ]
    static let app = #""apps":[{"appId":"a","secret":{"value":"x"}}]"#
    static let key = #"{"id":"k","algorithm":"HS256","secret":{"value":"\#(Fixture.secret)"}}"#

    @Test("One wrong value for WeChat or tokens, one fault", arguments: weChatAndTokens)
    func oneFaultInSections(_ example: (key: String, value: String, summary: String)) {
        let result = Fixture.load([example.key: "{\(example.value)}"])
        #expect(result.faults.count == 1, "\(result.summaries)")
        #expect(result.summaries.first?.hasPrefix(example.summary) == true, "\(result.summaries)")
    }

    @Test("A fault stays one line that shows what it holds")
    func oneLine() {
        let result = Fixture.load(["statuses": #""a\n\u001b[31m\u202e""#])
        #expect(result.summaries.first?.hasPrefix(#"/statuses: "a\u{a}\u{1b}[31m\u{202e}" is none of"#) == true)
    }
}
