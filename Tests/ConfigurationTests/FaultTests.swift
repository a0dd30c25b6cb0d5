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
                #"routes.json:3:62: /wechat/apps/0/secret/env: the environment variable "MISSING" is not set; "#
                    + #"export it before the start, or write {"file": PATH}"#,
                #"routes.json:5:32: /tokens/lifetime: "2 hours" is not a duration; write a whole number and a unit: "#
                    + #""250ms", "5s", "2h""#,
                "routes.json:6:78: /tokens/signingKeys/0/secret/value: the secret is shorter than 32 bytes; generate one with: "
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
        ("listeners", "[]", "/listeners: at least 1 required"),
        (
            "listeners", #"[{"address":"example.com:80"}]"#,
            #"/listeners/0/address: "example.com" is not an IP address"#
        ),
        (
            "listeners", #"[{"address":"127.0.0.1:65536"}]"#,
            "/listeners/0/address: the port is over 65535; ports are 1 to 65535"
        ),
        (
            "listeners", #"[{"address":"::1:80"}]"#,
            #"/listeners/0/address: "::1:80" is not an address with a port; write"#
        ),
        (
            "listeners", #"[{"address":"[::1]:80"},{"address":"[::1]:80"}]"#,
            #"/listeners/1/address: "[::1]:80" is listed twice"#
        ),
        (
            "trustedProxies", #"["10.0.0.1/8"]"#,
            #"/trustedProxies/0: "10.0.0.1/8" has bits set after its prefix; did you mean "10.0.0.0/8"?"#
        ),
        ("trustedProxies", #"["10.0.0.0/33"]"#, #"/trustedProxies/0: "10.0.0.0/33" is not an IP address or network"#),
        ("trustedProxies", #"["10.1"]"#, #"/trustedProxies/0: "10.1" is not an IP address or network"#),
        ("trustedProxies", #"["::1","0:0::1"]"#, #"/trustedProxies/1: "::1" is listed twice"#),
        (
            "admin", #"{"address":"0.0.0.0:9901"}"#,
            "/admin/address: without \"token\" the admin port is unprotected, so it must be on loopback; set \"token\","
        ),
        ("admin", #"{"address":"127.0.0.1:8080"}"#, #"/admin/address: "127.0.0.1:8080" is already used by a listener"#),
        (
            "admin", #"{"address":"127.0.0.1:1","token":{"value":"x"}}"#,
            "/admin/token/value: the secret is shorter than 32 bytes"
        ),
        (
            "admin", #"{"address":"127.0.0.1:1","hosts":["http://ops.example"]}"#,
            "/admin/hosts/0: \"http://ops.example\" is not a host name with an optional port"
        ),
        (
            "admin", #"{"address":"127.0.0.1:1","hosts":["a.example."]}"#,
            "/admin/hosts/0: \"a.example.\" is not a host name"
        ),
        (
            "admin", #"{"address":"127.0.0.1:1","hosts":["a.example:1","A.example:1"]}"#,
            "/admin/hosts/1: \"a.example:1\" is listed twice"
        ),
        ("workers", "0", "/workers: 0 is not a whole number from 1 to 64"),
        ("workers", "2.0", "/workers: 2.0 is not a whole number from 1 to 64"),
        ("workers", "99999999999999999999", "/workers: 99999999999999999999 is not a whole number"),
        ("workers", "\"2\"", "/workers: must be a whole number, not a string"),
        (
            "accessLog", "\"stdot\"",
            #"/accessLog: "stdot" is not "stdout", "off" or a file path with a slash; did you mean "stdout"?"#
        ),
        ("accessLog", "\"var/\"", #"/accessLog: "var/" is not"#),
        (
            "statuses", "\"always\"",
            #"/statuses: "always" is not one of "real", "always200"; did you mean "always200"?"#
        ),
        ("login", #"{"rate":0}"#, "/login/rate: 0 is not a whole number from 1 to 1000000"),
        ("login", #"{"sessionRate":2}"#, "/login/sessionRate: must be a string such as"),
        ("login", #"{"sessionRate":"2"}"#, #"/login/sessionRate: "2" is not a rate; write a whole number and"#),
        ("login", #"{"sessionBurst":0}"#, "/login/sessionBurst: 0 is not a whole number from 1 to 1000000"),
        (
            "login", #"{"sessionRate":"1/d","sessionBurst":31}"#,
            "/login/sessionBurst: takes more than 30 days to refill"
        ),
        ("login", #"{"phoneBy":"cod"}"#, #"/login/phoneBy: "cod" is not one of "any", "code"; did you mean "code"?"#),
        ("users", #"{"linkBy":"openid"}"#, #"/users/linkBy: "openid" is not one of "unionid""#),
        (
            "users", #"{"resolve":{"service":"order","path":"/u"}}"#,
            #"/users/resolve/service: no service named "order"; did you mean "orders"?"#
        ),
        (
            "users", #"{"resolve":{"service":"orders","path":"u"}}"#,
            #"/users/resolve/path: "u" is not an absolute path; begin the path with a slash"#
        ),
        (
            "users", #"{"resolve":{"service":"orders","path":"/u?x=1"}}"#,
            #"/users/resolve/path: "/u?x=1" is not a valid request path"#
        ),
        ("users", #"{"resolve":{"service":"orders"}}"#, "/users/resolve/path: this key is required"),
        (
            "wechat", #"{"exchanges":4097,"apps":[{"appId":"wx1","secret":{"value":"app"}}]}"#,
            "/wechat/exchanges: 4097 is not a whole number from 1 to 4096"
        ),
        (
            "wechat", #"{"apps":[{"appId":"wx1","secret":{"value":"app"},"baseURL":"http://example.com"}]}"#,
            "/wechat/apps/0/baseURL: over http, the app's secret would be sent unencrypted"
        ),
        ("login", #"{"path":"/auth/"}"#, #"/login/path: "/auth/" has an empty segment or a trailing slash"#),
        ("login", #"{"path":"/"}"#, #"/login/path: "/" has an empty segment or a trailing slash"#),
        ("login", #"{"path":"/auth/*"}"#, #"/login/path: "/auth/*" contains a wildcard"#),
        ("login", #"{"path":"auth"}"#, #"/login/path: a path must begin with "/"; did you mean "/auth"?"#),
        ("health", #"{"live":"/auth/livez"}"#, #"/health/live: is under "login.path""#),
        ("health", #"{"ready":["/auth"]}"#, #"/health/ready/0: is under "login.path""#),
        ("health", #"{"ready":["/livez"]}"#, #"/health/ready/0: is already the path of "live""#),
        ("health", #"{"ready":[]}"#, "/health/ready: at least 1 required"),
        ("health", #"{"traffic":"no"}"#, "/health/traffic: must be true or false, not a string"),
        (
            "sessions", #"{"store":"redis://u:hunter2@h"}"#,
            "/sessions/store: the store's URL must not contain a password"
        ),
        (
            "sessions", #"{"store":"redis://:hunter2@h"}"#,
            "/sessions/store: the store's URL must not contain a password"
        ),
        ("sessions", #"{"store":"rediss://h"}"#, "/sessions/store: this version does not support Redis over TLS"),
        ("sessions", #"{"store":"redis://h:70000"}"#, "/sessions/store: the port is over 65535"),
        ("sessions", #"{"store":"redis://h/x"}"#, "/sessions/store: the store's database must be a number"),
        ("sessions", #"{"store":"redis://@h"}"#, "/sessions/store: the store's user name"),
        ("sessions", #"{"store":"redis+unix://h/s"}"#, "/sessions/store: a socket URL has a path"),
        ("sessions", #"{"store":"redis+unix:/s?db=1"}"#, "/sessions/store: the store's socket is not"),
        ("sessions", #"{"lifetime":"7200500ms"}"#, "/sessions/lifetime: must be whole seconds"),
        ("sessions", #"{"lifetime":"1h"}"#, #"/sessions/lifetime: is shorter than "tokens.lifetime""#),
        (
            "sessions", #"{"formerEncryptionKeys":[{"value":"short"}]}"#,
            "/sessions/formerEncryptionKeys/0/value: the secret is shorter than 32 bytes"
        ),
        (
            "sessions", #"{"formerEncryptionKeys":[{"value":"0123456789abcdef0123456789abcdef"}]}"#,
            #"/sessions/formerEncryptionKeys: needs "encryptionKey", which is not set"#
        ),
        ("sessions", #"{"store":"sqlite:"}"#, #"/sessions/store: the store is not "sqlite:PATH""#),
        ("services", #"{"a b":{"targets":["http://h"]}}"#, "/services/a b: a name consists of 1 to 64 letters"),
        ("services", #"{"a/b~":{"targets":["http://h"]}}"#, "/services/a~1b~0: a name consists of 1 to 64 letters"),
        ("services", #"{"orders":{"targets":[]}}"#, "/services/orders/targets: at least 1 required"),
        (
            "services", #"{"orders":{"targets":["ftp://h"]}}"#,
            "/services/orders/targets/0: the URL must begin with http://"
        ),
        (
            "services", #"{"orders":{"targets":["http://h:0"]}}"#,
            "/services/orders/targets/0: the URL has no valid host and port"
        ),
        (
            "services", #"{"orders":{"targets":["http://h/"]}}"#,
            "/services/orders/targets/0: the URL must not have a path"
        ),
        (
            "services", #"{"orders":{"targets":["http://u@h"]}}"#,
            "/services/orders/targets/0: the URL must not contain a user name or password"
        ),
        (
            "services", #"{"orders":{"targets":["http://H","http://h:80"]}}"#,
            "/services/orders/targets/1: \"http://h:80\" is listed twice"
        ),
        (
            "services", #"{"orders":{"targets":["http://127.1"]}}"#,
            "/services/orders/targets/0: the URL has no valid host and port"
        ),
        (
            "services", #"{"orders":{"targets":["http://h"],"serviceUnauthorized":"401"}}"#,
            #"/services/orders/serviceUnauthorized: "401" is not one of "403", "502", "pass""#
        ),
        (
            "services", #"{"orders":{"targets":["http://h"],"timeouts":{"connect":"0s"}}}"#,
            #"/services/orders/timeouts/connect: "0s" is not in the range 1ms to 24h"#
        ),
        ("limits", #"{"requestLine":"1MiB"}"#, #"/limits/requestLine: "1MiB" is not in the range 256B to 64KiB"#),
        ("limits", #"{"token":"2KiB"}"#, #"/limits/token: "2KiB" is not in the range 4KiB to 64KiB"#),
        (
            "limits", #"{"bodyRate":"2MiB"}"#,
            #"/limits/bodyRate: "2MiB" is not in the range 1B to 1MiB; write "off" for no minimum"#
        ),
        ("limits", #"{"body":"unlimitd"}"#, #"/limits/body: "unlimitd" is not a size; did you mean "unlimited"?"#),
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
        ("wechat", #""apps":[]"#, "/wechat/apps: at least 1 required"),
        (
            "wechat", #""apps":[{"appId":"a","secret":{"value":"x"}},{"appId":"a","secret":{"value":"x"}}]"#,
            #"/wechat/apps/1/appId: the app "a" is listed twice"#
        ),
        (
            "wechat", #""baseURL":"http://api.weixin.qq.com",\#(app)"#,
            "/wechat/baseURL: over http, the app's secret would be sent unencrypted"
        ),
        (
            "wechat", #""baseURL":"https://api.weixin.qq.com/sns",\#(app)"#,
            "/wechat/baseURL: the URL must not have a path"
        ),
        (
            "wechat", #""timeout":"1s",\#(app)"#,
            #"/wechat/connectTimeout: is longer than "timeout", which includes it"#
        ),
        ("tokens", #""issuer":"i","signingKeys":[]"#, "/tokens/signingKeys: at least 1 required"),
        ("tokens", #""issuer":"","signingKeys":[\#(key)]"#, #"/tokens/issuer: "" cannot be an issuer"#),
        ("tokens", #""issuer":"a\"b","signingKeys":[\#(key)]"#, #"/tokens/issuer: "a"b" cannot be an issuer"#),
        (
            "tokens", #""issuer":"i","lifetime":"1500ms","signingKeys":[\#(key)]"#,
            "/tokens/lifetime: must be whole seconds"
        ),
        (
            "tokens", #""issuer":"i","lifetime":"31d","signingKeys":[\#(key)]"#,
            #"/tokens/lifetime: "31d" is not in the range 1s to 30d"#
        ),
        (
            "tokens", #""issuer":"i","header":"X-User-Id","signingKeys":[\#(key)]"#,
            #"/tokens/header: "x-user-id" is reserved"#
        ),
        (
            "tokens", #""issuer":"i","header":"x-wx-token","signingKeys":[\#(key)]"#,
            #"/tokens/header: "x-wx-token" is reserved"#
        ),
        (
            "tokens", #""issuer":"i","header":"a b","signingKeys":[\#(key)]"#,
            #"/tokens/header: "a b" is not a header field name"#
        ),
        (
            "tokens", #""issuer":"i","signingKeys":[\#(key),\#(key)]"#,
            #"/tokens/signingKeys/1/id: the key "k" is listed twice"#
        ),
        (
            "tokens",
            #""issuer":"i","signingKeys":[{"id":"k","algorithm":"RS512","secret":{"value":"\#(Fixture.secret)"}}]"#,
            #"/tokens/signingKeys/0/algorithm: "RS512" is not one of "HS256", "ES256", "EdDSA", "RS256""#
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
        #expect(result.summaries.first?.hasPrefix(#"/statuses: "a\u{a}\u{1b}[31m\u{202e}" is not one of"#) == true)
    }
}
