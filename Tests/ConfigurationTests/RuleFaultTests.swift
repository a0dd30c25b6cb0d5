import Configuration
import Testing

@Suite("Faults of what routes do beyond forwarding")
struct RuleFaultTests {
    /// Members of a route of path `/api/{id}/**`, without a token where they say so.
    static let single: [(members: String, summary: String)] = [
        // Rates
        (#""rateLimit":{"rate":"1/s"}"#, "/routes/0/rateLimit/by: this key is required"),
        (#""rateLimit":{"by":"user"}"#, "/routes/0/rateLimit/rate: this key is required"),
        (
            #""rateLimit":{"by":"usr","rate":"1/s"}"#,
            #"/routes/0/rateLimit/by: "usr" is not one of "user", "app", "address", "route"; did you mean "user"?"#
        ),
        (
            #""rateLimit":{"by":"user","rate":"10 per second"}"#,
            #"/routes/0/rateLimit/rate: "10 per second" is not a rate; write a whole number and /s, /m, /h or /d"#
        ),
        (#""rateLimit":{"by":"user","rate":"0/s"}"#, #"/routes/0/rateLimit/rate: "0/s" is not a rate"#),
        (#""rateLimit":{"by":"user","rate":"01/s"}"#, #"/routes/0/rateLimit/rate: "01/s" is not a rate"#),
        (#""rateLimit":{"by":"user","rate":"1/s/s"}"#, #"/routes/0/rateLimit/rate: "1/s/s" is not a rate"#),
        (#""rateLimit":{"by":"user","rate":"1000001/s"}"#, #"/routes/0/rateLimit/rate: "1000001/s" is more than"#),
        (
            #""rateLimit":{"by":"user","rate":"1/s","burst":0}"#,
            "/routes/0/rateLimit/burst: 0 is not a whole number from 1 to 1000000"
        ),
        (
            #""rateLimit":{"by":"user","rate":"1/d","burst":31}"#,
            "/routes/0/rateLimit/burst: takes more than 30 days to refill"
        ),
        (#""rateLimit":[]"#, "/routes/0/rateLimit: at least 1 required"),
        (#""rateLimit":"1/s""#, "/routes/0/rateLimit: must be an object, not a string"),
        (
            #""auth":"none","rateLimit":{"by":"user","rate":"1/s"}"#,
            #"/routes/0/rateLimit/by: the route does not check tokens, so the user is unknown; set "by": "address", or "auth""#
        ),
        (
            #""auth":"none","rateLimit":[{"by":"route","rate":"1/s"},{"by":"app","rate":"1/s"}]"#,
            "/routes/0/rateLimit/1/by: the route does not check tokens, so the app is unknown"
        ),
        // Methods
        (
            #""methods":["GET","POST"],"methodOverride":true"#,
            #"/routes/0/methodOverride: the route accepts none of PATCH, PUT and DELETE; add one of them to "methods""#
        ),
        // Paths
        (#""rewrite":{}"#, "/routes/0/rewrite: is empty; set one of stripPrefix, replacePrefix, template"),
        (
            #""rewrite":{"stripPrefix":"/api","template":"/x"}"#,
            "/routes/0/rewrite/template: has more than one key; set one of stripPrefix, replacePrefix, template"
        ),
        (
            #""rewrite":{"stripPrefix":"/apis"}"#,
            #"/routes/0/rewrite/stripPrefix: the route's path "/api/{id}/**" does not begin with this prefix"#
        ),
        (
            #""rewrite":{"stripPrefix":"/api/7"}"#,
            #"/routes/0/rewrite/stripPrefix: the route's path "/api/{id}/**" does not begin with this prefix"#
        ),
        (#""rewrite":{"stripPrefix":"/api/"}"#, #"/routes/0/rewrite/stripPrefix: "/api/" has an empty segment"#),
        (#""rewrite":{"replacePrefix":["/api"]}"#, "/routes/0/rewrite/replacePrefix: must be two paths"),
        (
            #""rewrite":{"replacePrefix":["/b","/c"]}"#,
            #"/routes/0/rewrite/replacePrefix/0: the route's path "/api/{id}/**" does not begin with this prefix"#
        ),
        (
            #""rewrite":{"replacePrefix":["/api","/../x"]}"#,
            #"/routes/0/rewrite/replacePrefix/1: requests with a "." or ".." segment are refused"#
        ),
        (#""rewrite":{"replacePrefix":["/api","/v2","/v3"]}"#, "/routes/0/rewrite/replacePrefix: must be two paths"),
        (
            #""rewrite":{"template":"/v2/{ids}"}"#,
            #"/routes/0/rewrite/template: the route's path has no segment "{ids}"; did you mean "id"?"#
        ),
        (
            #""rewrite":{"template":"/v2/*"}"#,
            #"/routes/0/rewrite/template: "*" does not name a segment of the route"#
        ),
        (#""rewrite":{"template":"/v2//x"}"#, "/routes/0/rewrite/template: the template has an empty segment"),
        (#""rewrite":{"template":"/v2/x{id}"}"#, #"/routes/0/rewrite/template: "*" and "{…}" match a whole"#),
        (#""rewrite":{"template":"/v2?x=1"}"#, "/routes/0/rewrite/template: routes do not match on the query"),
        // Fields
        (
            #""requestHeaders":{"sett":{}}"#,
            #"/routes/0/requestHeaders/sett: unknown key; did you mean "set"?"#
        ),
        (
            #""requestHeaders":{"set":{"x y":"1"}}"#,
            #"/routes/0/requestHeaders/set/x y: "x y" is not a header field name"#
        ),
        (
            #""requestHeaders":{"set":{"X-A":"1","x-a":"2"}}"#,
            #"/routes/0/requestHeaders/set/x-a: "x-a" is listed twice"#
        ),
        (
            #""requestHeaders":{"set":{"x-a":"a\nb"}}"#,
            "/routes/0/requestHeaders/set/x-a: a header field value must be printable ASCII"
        ),
        (
            #""requestHeaders":{"set":{"x-a":" a"}}"#,
            "/routes/0/requestHeaders/set/x-a: a header field value must not begin"
        ),
        (#""requestHeaders":{"set":{"x-a":"${user.id"}}"#, #"/routes/0/requestHeaders/set/x-a: "${" has no closing"#),
        (
            #""requestHeaders":{"set":{"x-a":"${user.ID}"}}"#,
            #"/routes/0/requestHeaders/set/x-a: unknown variable "${user.ID}"; did you mean "${user.id}"?"#
        ),
        (
            #""requestHeaders":{"set":{"x-a":"${header.host}"}}"#,
            #"/routes/0/requestHeaders/set/x-a: unknown variable "${header.host}"; known variables: user.id, "#
        ),
        (
            #""requestHeaders":{"add":{"x-a":"${secret:missing}"}}"#,
            #"/routes/0/requestHeaders/add/x-a: no secret named "missing"; define the secret in "secrets""#
        ),
        (
            #""requestHeaders":{"set":{"x-a":"${route.ids}"}}"#,
            #"/routes/0/requestHeaders/set/x-a: the route's path has no segment "{ids}"; did you mean "id"?"#
        ),
        (
            #""auth":"none","requestHeaders":{"set":{"x-a":"${user.id}"}}"#,
            #"/routes/0/requestHeaders/set/x-a: the route does not check tokens, so "${user.id}" never has a value"#
        ),
        (
            #""requestHeaders":{"set":{"x-a":"1"},"add":{"X-A":"2"}}"#,
            #"/routes/0/requestHeaders/add/X-A: is also in "set", which leaves a single value"#
        ),
        (
            #""requestHeaders":{"set":{"x-a":"1"},"remove":["x-b","X-A"]}"#,
            #"/routes/0/requestHeaders/remove/1: is also in "set", which already replaces the field"#
        ),
        (
            #""responseHeaders":{"set":{"x-a":"${secret:missing}"}}"#,
            "/routes/0/responseHeaders/set/x-a: a secret must not be sent to clients"
        ),
        (
            #""responseHeaders":{"set":{"Access-Control-Allow-Origin":"*"}}"#,
            #"/routes/0/responseHeaders/set/Access-Control-Allow-Origin: "access-control-allow-origin" is reserved"#
                + #"; set "cors""#
        ),
        // Origins
        // Other protocols
        (#""upgrade":{}"#, "/routes/0/upgrade/protocols: this key is required"),
        (#""upgrade":{"protocols":[]}"#, "/routes/0/upgrade/protocols: at least 1 required"),
        (#""upgrade":["websocket"]"#, "/routes/0/upgrade: must be an object, not an array"),
        (
            #""upgrade":{"protocols":["H2C"]}"#,
            #"/routes/0/upgrade/protocols/0: "H2C" would carry requests past the gateway; name a protocol"#
        ),
        (
            #""upgrade":{"protocols":["websocket","TLS/1.2"]}"#,
            #"/routes/0/upgrade/protocols/1: "TLS/1.2" would carry requests past the gateway"#
        ),
        (
            #""upgrade":{"protocols":["HTTP/2.0"]}"#,
            #"/routes/0/upgrade/protocols/0: "HTTP/2.0" would carry requests past the gateway"#
        ),
        (
            #""upgrade":{"protocols":["web socket"]}"#,
            #"/routes/0/upgrade/protocols/0: "web socket" is not the name of a protocol; write "websocket""#
        ),
        (
            #""upgrade":{"protocols":["a/b/c"]}"#,
            #"/routes/0/upgrade/protocols/0: "a/b/c" is not the name of a protocol"#
        ),
        (
            #""upgrade":{"protocols":["websocket","WebSocket"]}"#,
            #"/routes/0/upgrade/protocols/1: "websocket" is listed twice"#
        ),
        (
            #""methods":["POST"],"upgrade":{"protocols":["websocket"]}"#,
            "/routes/0/upgrade/protocols: a WebSocket handshake is a GET, which the route does not accept"
        ),
        (
            #""auth":"none","upgrade":{"protocols":["websocket"],"whenTokenEnds":"keep"}"#,
            "/routes/0/upgrade/whenTokenEnds: the route does not check tokens"
        ),
        (
            #""upgrade":{"protocols":["websocket"],"idleTimeout":"0s"}"#,
            "/routes/0/upgrade/idleTimeout: "
        ),
        (#""cors":{}"#, "/routes/0/cors/origins: this key is required"),
        (
            #""cors":{"origins":["*"],"credentials":true}"#,
            "/routes/0/cors/credentials: with \"*\" any web page could use a user's cookies"
        ),
        (#""cors":{"origins":["*","https://a.example"]}"#, #"/routes/0/cors/origins: "*" must be the only entry"#),
        (
            #""cors":{"origins":["https://A.example:443"]}"#,
            #"/routes/0/cors/origins/0: browsers never send the origin "https://A.example:443"; did you mean "https://a.example"?"#
        ),
        (
            #""cors":{"origins":["https://a.example/"]}"#,
            #"/routes/0/cors/origins/0: "https://a.example/" is not an origin"#
        ),
        (#""cors":{"origins":["a.example"]}"#, #"/routes/0/cors/origins/0: "a.example" is not an origin"#),
        (#""cors":{"origins":["null"]}"#, #"/routes/0/cors/origins/0: "null" is not an origin"#),
        (
            #""cors":{"origins":["https://a.example"],"headers":["*"]}"#,
            #"/routes/0/cors/headers/0: "*" is not allowed here"#
        ),
        (
            #""cors":{"origins":["https://a.example"],"maxAge":"1500ms"}"#,
            "/routes/0/cors/maxAge: must be whole seconds"
        ),
    ]

    private static func load(_ members: String, _ more: [String: String?] = [:]) -> LoadResult {
        let route = #"[{"path":"/api/{id}/**","service":"orders",\#(members)}]"#
        return Fixture.load(more.merging(["routes": route]) { $1 })
    }

    @Test("One wrong value, one fault", arguments: single)
    func oneFault(_ example: (members: String, summary: String)) {
        let result = Self.load(example.members)
        #expect(result.faults.count == 1, "\(result.summaries)")
        #expect(result.summaries.first?.hasPrefix(example.summary) == true, "\(result.summaries)")
    }

    @Test("A fault stands where the value does")
    func position() throws {
        let text = Fixture.text([
            "routes": """
            [
              { "path": "/a", "service": "orders",
                "requestHeaders": { "set": { "x-a": "1",
                                             "x-b": "${secret:none}" } } }
            ]
            """
        ])
        let fault = try #require(Fixture.load(text: text).faults.first)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let line = try #require(fault.line)
        let column = try #require(fault.column)
        #expect(lines[line - 1].dropFirst(column - 1).hasPrefix("\"${secret:none}\""))
    }

    static let refusedOfRequests = [
        "host", "Content-Length", "transfer-encoding", "connection", "te", "upgrade", "x-user-id", "X_User_Id",
        "x-wx-openid", "x-wx-anything", "x-auth-token", "x-forwarded-for", "via", "x-request-id", "traceparent",
        "x-http-method-override", "x.real.ip", "proxy", "-host-", "expect",
    ]

    @Test(
        "Names that say who asks, where a message ends, or what way it came, are not for rules",
        arguments: refusedOfRequests
    )
    func refusedNames(_ name: String) {
        for rules in [#""set":{"\#(name)":"1"}"#, #""add":{"\#(name)":"1"}"#, #""remove":["\#(name)"]"#] {
            let result = Self.load(#""requestHeaders":{\#(rules)}"#)
            #expect(result.faults.count == 1, "\(rules)")
            #expect(result.summaries.first?.contains("is reserved") == true, "\(result.summaries)")
        }
    }

    @Test(
        "Nor are those that the gateway writes to clients",
        arguments: [
            "content-length", "content-type", "date", "x-request-id", "x-auth-token", "retry-after", "ratelimit",
        ]
    )
    func refusedOfResponses(_ name: String) {
        let result = Self.load(#""responseHeaders":{"set":{"\#(name)":"1"}}"#)
        #expect(result.faults.count == 1, "\(result.summaries)")
    }

    @Test("A service's rules cannot tell of a route, and know no secret that is not there")
    func serviceRules() {
        let services = """
            {"orders":{"targets":["http://127.0.0.1:9001"],
              "requestHeaders":{"set":{"x-a":"${route.id}","x-b":"${secret:kee}","x-c":"${user.id}"}}}}
            """
        let result = Self.load(
            #""priority":0"#,
            ["services": services, "secrets": #"{"key":{"value":"v"}}"#]
        )
        #expect(result.summaries.count == 2, "\(result.summaries)")
        #expect(
            result.summaries.first?.hasPrefix(
                "/services/orders/requestHeaders/set/x-a: a service can have many routes, so \"${route.id}\" is not available here"
            ) == true
        )
        #expect(result.summaries.last?.hasSuffix(#"no secret named "kee"; did you mean "key"?"#) == true)
    }

    @Test("A secret that no field can hold is a fault that does not show it; one that nobody uses a warning")
    func secrets() {
        let result = Fixture.load(["secrets": #"{"a":{"value":"line\nend"},"b":{"value":"fine"}}"#])
        #expect(result.summaries == ["/secrets/a: the secret contains bytes that are not allowed in a header field"])
        #expect(result.warnings.filter { $0.message.contains("no header rule uses") }.count == 2)
        #expect(!"\(result)".contains("line\nend"))
    }

    @Test("What is right is read")
    func reading() throws {
        let result = Self.load(
            #"""
            "rateLimit": [{"by":"user","rate":"10/s","burst":20},{"by":"route","rate":"600/m"}],
            "methodOverride": true,
            "rewrite": {"template":"/v2/{id}/x/**"},
            "requestHeaders": {"set":{"Authorization":"Bearer ${secret:key}","x-a":"${route.id}-${user.openid}$"},
                               "remove":["Cookie"]},
            "responseHeaders": {"add":{"x-b":"${request.id}"},"remove":["server"]},
            "cors": {"origins":["https://h5.example.com","http://localhost:5173"],"credentials":true,
                     "headers":["X-Requested-With"],"expose":["x-total"],"maxAge":"1h"}
            """#,
            ["secrets": #"{"key":{"value":"v"}}"#]
        )
        #expect(result.summaries == [])
        let route = try #require(result.configuration?.routes.first)
        #expect(route.rateLimits.map(\.subject) == [.user, .route])
        #expect(route.rateLimits.map(\.capacity) == [20, 600])
        #expect(route.rateLimits[1].rate == RequestRate(count: 600, period: .seconds(60)))
        #expect(route.rewrite?.template?.names == ["id": 1])
        #expect(route.path.names == ["id": 1])
        #expect(route.requestHeaders.set.map(\.name.text) == ["authorization", "x-a"])
        #expect(route.requestHeaders.set[0].value.pieces == [.text("Bearer "), .secret("key")])
        #expect(
            route.requestHeaders.set[1].value.pieces
                == [.segment("id"), .text("-"), .variable(.userOpenid), .text("$")]
        )
        #expect(route.requestHeaders.remove.map(\.text) == ["cookie"])
        #expect(route.cors?.headers == ["x-requested-with"])
        #expect(route.cors?.maxAge == .seconds(3600))
        #expect(result.configuration?.secrets["key"]?.bytes == Array("v".utf8))
    }

    @Test("Protocols are read in lower case, and nothing is changed without the key")
    func protocols() throws {
        let result = Self.load(
            #""upgrade":{"protocols":["WebSocket","chat/2"],"idleTimeout":"90s","whenTokenEnds":"keep"}"#
        )
        #expect(result.summaries == [])
        let upgrade = try #require(result.configuration?.routes.first?.upgrade)
        #expect(upgrade.protocols == ["websocket", "chat/2"])
        #expect(upgrade.idleTimeout == .seconds(90) && upgrade.whenTokenEnds == .keep)
        let short = try #require(
            Self.load(#""methods":["GET"],"upgrade":{"protocols":["websocket"]}"#).configuration?.routes.first?.upgrade
        )
        #expect(short.idleTimeout == .seconds(300) && short.whenTokenEnds == .close)
        #expect(Self.load(#""auth":"required""#).configuration?.routes.first?.upgrade == nil)
    }

    @Test("One limit may stand without an array")
    func oneLimit() {
        let result = Self.load(#""rateLimit":{"by":"address","rate":"5/h"}"#)
        #expect(result.configuration?.routes.first?.rateLimits.map(\.capacity) == [5])
    }
}
