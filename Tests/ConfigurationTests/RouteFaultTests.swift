import Configuration
import Testing

@Suite("Faults of routes")
struct RouteFaultTests {
    static let single: [(route: String, summary: String)] = [
        (#"{"path":"a"}"#, #"/routes/0/path: a path must begin with "/"; did you mean "/a"?"#),
        (#"{"path":""}"#, #"/routes/0/path: a path must begin with "/""#),
        (#"{"path":"/a/**/b"}"#, #"/routes/0/path: "**" is allowed only at the end"#),
        (#"{"path":"/a*"}"#, #"/routes/0/path: "*" and "{…}" match a whole segment"#),
        (
            #"{"path":"/a//b"}"#,
            #"/routes/0/path: the path has an empty segment, and requests with an empty segment are refused; set "slashes": "keep""#
        ),
        (#"{"path":"/a/../b"}"#, #"/routes/0/path: requests with a "." or ".." segment are refused"#),
        (#"{"path":"/a/%2e%2E;x"}"#, #"/routes/0/path: requests with a "." or ".." segment are refused"#),
        (#"{"path":"/a%2fb"}"#, #"/routes/0/path: requests with an escaped "/""#),
        (#"{"path":"/a%"}"#, #"/routes/0/path: "%" is not followed by two hexadecimal digits"#),
        (#"{"path":"/a?b"}"#, "/routes/0/path: routes do not match on the query"),
        (#"{"path":"/a#b"}"#, "/routes/0/path: requests with \"#\""),
        (#"{"path":"/订单"}"#, "/routes/0/path: a path must be ASCII"),
        (
            #"{"path":"/a b"}"#,
            #"/routes/0/path: the path contains a character that must be percent-encoded; write it as "%20""#
        ),
        (#"{"path":"/auth"}"#, #"/routes/0/path: is under "/auth", the path of the login endpoints"#),
        (#"{"path":"/auth/**"}"#, #"/routes/0/path: is under "/auth""#),
        (#"{"path":"/auth/x/*"}"#, #"/routes/0/path: is under "/auth""#),
        (#"{"path":"/%61uth/"}"#, #"/routes/0/path: is under "/auth""#),
        (#"{"path":"/livez"}"#, "/routes/0/path: the gateway serves its health on this path"),
        (#"{"path":"/healthz"}"#, "/routes/0/path: the gateway serves its health on this path"),
        (#"{"path":"/a","methods":[]}"#, "/routes/0/methods: at least 1 required"),
        (
            #"{"path":"/a","methods":["get"]}"#,
            #"/routes/0/methods/0: "get" is not one of "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"; did you mean "GET"?"#
        ),
        (#"{"path":"/a","methods":["GET","GET"]}"#, #"/routes/0/methods/1: "GET" is listed twice"#),
        (
            #"{"path":"/a","host":"*.example.com"}"#,
            #"/routes/0/host: "*.example.com" is not a host name; wildcards are not supported in host names"#
        ),
        (#"{"path":"/a","host":"example.com:80"}"#, #"/routes/0/host: "example.com:80" has a port"#),
        (#"{"path":"/a","priority":1001}"#, "/routes/0/priority: 1001 is not a whole number from -1000 to 1000"),
        (
            #"{"path":"/a","auth":"requird"}"#,
            #"/routes/0/auth: "requird" is not one of "required", "optional", "none"; did you mean "required"?"#
        ),
        (#"{"path":"/a","slashes":"merge"}"#, #"/routes/0/slashes: "merge" is not "keep"; remove the key"#),
        (
            #"{"path":"/a","failures":"5XX"}"#,
            #"/routes/0/failures: "5XX" is not one of "4xx", "5xx", "none"; did you mean "5xx"?"#
        ),
        (
            #"{"path":"/a","success":"wrapp"}"#,
            #"/routes/0/success: "wrapp" is not one of "pass", "wrap"; did you mean "wrap"?"#
        ),
        (
            #"{"path":"/a","bodyLimit":"50MB"}"#,
            #"/routes/0/bodyLimit: "50MB" is not a size: the units are B, KiB, MiB, GiB; did you mean "50MiB"?"#
        ),
        (#"{"path":"/a","forwardToken":1}"#, "/routes/0/forwardToken: must be true or false, not a number"),
    ]

    @Test("One wrong value, one fault", arguments: single)
    func oneFault(_ example: (route: String, summary: String)) {
        let result = Fixture.load(routes: [example.route])
        #expect(result.faults.count == 1, "\(result.summaries)")
        #expect(result.summaries.first?.hasPrefix(example.summary) == true, "\(result.summaries)")
    }

    @Test(
        "Parameters have distinct, plain names",
        arguments: [
            ("/{id}/{id}", "two parameters are named"), ("/{}", "a parameter name consists of"),
            ("/{a b}", "a parameter name consists of"),
            ("/x{id}", "\"*\" and \"{…}\" match a whole segment"),
        ]
    )
    func parameters(_ path: String, _ message: String) {
        let result = Fixture.load(["routes": #"[{"path":"\#(path)","service":"orders"}]"#])
        #expect(result.summaries.first?.hasPrefix("/routes/0/path: \(message)") == true, "\(result.summaries)")
    }

    @Test(
        "Routes that only may reach the gateway's own paths are fine: those come first",
        arguments: [#"{"path":"/**"}"#, #"{"path":"/*/login"}"#, #"{"path":"/authors"}"#, #"{"path":"/livez/**"}"#]
    )
    func catchAll(_ route: String) {
        #expect(Fixture.load(routes: [route]).summaries == [])
    }

    @Test("Health paths are free where they are not on the traffic port")
    func healthOffTraffic() {
        let result = Fixture.load([
            "health": #"{"traffic":false}"#, "routes": #"[{"path":"/livez","service":"orders"}]"#,
        ])
        #expect(result.summaries == [])
    }

    static let ties: [(one: String, other: String, request: String)] = [
        (#"{"path":"/a"}"#, #"{"path":"/%61"}"#, "GET /a"),
        (#"{"path":"/a/*"}"#, #"{"path":"/*/b"}"#, "GET /a/b"),
        (#"{"path":"/a/*/c/**"}"#, #"{"path":"/a/b/*/**"}"#, "GET /a/b/c"),
        (#"{"path":"/a","methods":["POST","PUT"]}"#, #"{"path":"/a","methods":["PUT","DELETE"]}"#, "PUT /a"),
        (#"{"path":"/a","methods":["GET"]}"#, #"{"path":"/a","methods":["HEAD"]}"#, "HEAD /a"),
        (#"{"path":"/a","host":"h.example"}"#, #"{"path":"/a","host":"H.Example"}"#, "GET /a"),
        (#"{"path":"/**"}"#, #"{"path":"/**"}"#, "GET /"),
    ]

    @Test("Routes that no rule tells apart are a fault", arguments: ties)
    func tie(_ example: (one: String, other: String, request: String)) {
        let result = Fixture.load(routes: [example.one, example.other])
        #expect(result.faults.count == 1)
        let message = result.summaries.first ?? ""
        #expect(message.hasPrefix("/routes/1/path: this route conflicts with /routes/0"), "\(message)")
        #expect(message.contains("both match \(example.request);"), "\(message)")
    }

    static let told: [(one: String, other: String)] = [
        (#"{"path":"/a"}"#, #"{"path":"/a/"}"#), (#"{"path":"/a"}"#, #"{"path":"/a/**"}"#),
        (#"{"path":"/a/*"}"#, #"{"path":"/a/"}"#), (#"{"path":"/a/*"}"#, #"{"path":"/b/*"}"#),
        (#"{"path":"/a"}"#, #"{"path":"/a","priority":1}"#), (#"{"path":"/a"}"#, #"{"path":"/a","host":"h"}"#),
        (#"{"path":"/a"}"#, #"{"path":"/a","methods":["GET"]}"#),
        (#"{"path":"/a","host":"h"}"#, #"{"path":"/a","host":"i"}"#),
        (#"{"path":"/a","host":"h"}"#, #"{"path":"/a","methods":["GET"]}"#),
        (#"{"path":"/a","methods":["POST"]}"#, #"{"path":"/a","methods":["GET"]}"#),
    ]

    @Test("Routes that some rule tells apart are none", arguments: told)
    func noTie(_ example: (one: String, other: String)) {
        #expect(Fixture.load(routes: [example.one, example.other]).summaries == [])
    }
}
