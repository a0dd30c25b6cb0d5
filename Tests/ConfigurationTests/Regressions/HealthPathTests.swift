import Configuration
import Testing

@Suite("Paths of health")
struct HealthPathTests {
    @Test(
        "The gateway's own may be the root, and may end in a slash",
        arguments: [("/", "/"), ("/livez/", "/livez/"), ("/%6Civez", "/livez"), ("/a/b/", "/a/b/")]
    )
    func own(written: String, served: String) throws {
        let result = Fixture.load(["health": #"{"live":"\#(written)","ready":["/r","/r/"]}"#])
        #expect(result.summaries == [])
        let health = try #require(result.configuration?.health)
        #expect(health.live == served)
        #expect(health.ready == ["/r", "/r/"])
    }

    @Test(
        "The gateway's own have no query, no wildcard and no empty segment",
        arguments: [
            (
                "/livez?full=1",
                #""/livez?full=1" has a query, which health does not look at; write "/livez": it is served with every query"#
            ),
            ("/livez/*", #""/livez/*" contains a wildcard; write one fixed path"#),
            ("/a//b", #""/a//b" has an empty segment; for example "/health""#),
            ("//", #""//" has an empty segment; for example "/health""#),
        ]
    )
    func refused(path: String, words: String) {
        let result = Fixture.load(["health": #"{"live":"\#(path)"}"#])
        #expect(result.summaries == ["/health/live: " + words])
    }

    @Test("A route has no path of the gateway's own health, with the slash or without")
    func reserved() {
        let health = #"{"live":"/","ready":["/r/"]}"#
        let result = Fixture.load(["health": health], routes: [#"{"path":"/"}"#, #"{"path":"/r/"}"#])
        #expect(result.faults.count == 2)
        #expect(result.summaries.allSatisfy { $0.contains("the gateway serves its health on this path") })
        #expect(Fixture.load(["health": #"{"ready":["/r/"]}"#], routes: [#"{"path":"/r"}"#]).summaries == [])
    }

    private static func service(_ path: String) -> LoadResult {
        Fixture.load(["services": #"{"orders":{"targets":["http://a"],"health":{"path":"\#(path)"}}}"#])
    }

    @Test(
        "A service's is sent as it is written",
        arguments: ["/", "/health/", "/up?full=1&from=menshen", "/%7Eup", "/a//b", "/*?", "/up;v=1"]
    )
    func service(path: String) {
        let result = Self.service(path)
        #expect(result.summaries == [])
        #expect(result.configuration?.services["orders"]?.health?.path == path)
    }

    @Test(
        "A service's is one of requests",
        arguments: [
            ("up", #""up" is not an absolute path; begin the path with a slash"#),
            ("/up#x", #""/up#x" is not a valid request path; remove the fragment; percent-encode other characters"#),
            ("/a b", #""/a b" is not a valid request path; remove the fragment; percent-encode other characters"#),
            ("/a%2", #""/a%2" is not a valid request path; remove the fragment; percent-encode other characters"#),
        ]
    )
    func notRequested(path: String, words: String) {
        #expect(Self.service(path).summaries == ["/services/orders/health/path: " + words])
    }
}
