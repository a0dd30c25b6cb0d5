import Configuration
import Testing

@testable import Gateway

@Suite("The route table")
struct RouteTableTests {
    private func table(_ routes: [String]) throws -> RouteTable {
        let result = RoutingFixture.load(routes)
        return PhaseFixture.table(try #require(result.configuration, "\(result.faults.map(\.description))"))
    }

    static let precedenceCases: [(routes: [String], path: String, winner: Int)] = [
        ([#"{"path":"/a/b"}"#, #"{"path":"/a/*"}"#, #"{"path":"/a/**"}"#], "/a/b", 0),
        ([#"{"path":"/a/b"}"#, #"{"path":"/a/*"}"#, #"{"path":"/a/**"}"#], "/a/c", 1),
        ([#"{"path":"/a/b"}"#, #"{"path":"/a/*"}"#, #"{"path":"/a/**"}"#], "/a/b/c", 2),
        ([#"{"path":"/a/*/c"}"#, #"{"path":"/a/b/**"}"#], "/a/b/c", 0),
        ([#"{"path":"/**"}"#, #"{"path":"/a/**"}"#, #"{"path":"/a/b/**"}"#], "/a/b/c", 2),
        ([#"{"path":"/**"}"#, #"{"path":"/a/**"}"#, #"{"path":"/a/b/**"}"#], "/a/x", 1),
        ([#"{"path":"/**"}"#, #"{"path":"/a/**"}"#, #"{"path":"/a/b/**"}"#], "/x", 0),
        ([#"{"path":"/*/b/**"}"#, #"{"path":"/a/**"}"#], "/a/b/c", 0),
        ([#"{"path":"/*/*/**"}"#, #"{"path":"/a/*/**"}"#], "/a/b/c", 1),
        ([#"{"path":"/*/*"}"#, #"{"path":"/a/*"}"#], "/a/b", 1),
        ([#"{"path":"/a/**","host":"gateway.example"}"#, #"{"path":"/a/b"}"#], "/a/b", 1),
        ([#"{"path":"/a","host":"gateway.example"}"#, #"{"path":"/a","methods":["GET"]}"#], "/a", 0),
        ([#"{"path":"/a"}"#, #"{"path":"/a","methods":["GET"]}"#], "/a", 1),
        ([#"{"path":"/a"}"#, #"{"path":"/a","host":"gateway.example"}"#], "/a", 1),
        ([#"{"path":"/a"}"#, #"{"path":"/a","host":"other.example"}"#], "/a", 0),
        ([#"{"path":"/a/b"}"#, #"{"path":"/**","priority":1}"#], "/a/b", 1),
        ([#"{"path":"/a/b","priority":-1}"#, #"{"path":"/**"}"#], "/a/b", 1),
        ([#"{"path":"/a/*"}"#, #"{"path":"/*/b","priority":1}"#], "/a/b", 1),
    ]

    @Test("The most specific route wins, in whatever order they stand", arguments: precedenceCases)
    func precedence(_ example: (routes: [String], path: String, winner: Int)) throws {
        #expect(try table(example.routes).match("GET", example.path) == .route(example.winner))
        let last = example.routes.count - 1
        #expect(try table(example.routes.reversed()).match("GET", example.path) == .route(last - example.winner))
    }

    @Test(
        "Patterns take what they say",
        arguments: [
            ("/a/**", "/a", true), ("/a/**", "/a/", true), ("/a/**", "/a/b/c/", true), ("/a/**", "/ab", false),
            ("/a/**", "/", false), ("/**", "/", true), ("/**", "/a//b", true), ("/", "/", true), ("/", "/a", false),
            ("/a", "/a/", false), ("/a/", "/a", false), ("/a/", "/a/", true), ("/a/*", "/a/", false),
            ("/a/*", "/a", false),
            ("/a/*", "/a/b", true), ("/a/*", "/a/b/", false), ("/a/{id}/c", "/a/x/c", true), ("/a/*/c", "/a//c", false),
            ("/a/*/", "/a/b/", true), ("/*/**", "/", false), ("/*/**", "/a", true), ("/%61", "/a", true),
            ("/A", "/a", false),
            ("/%e4", "/%E4", true),
        ]
    )
    func patterns(_ pattern: String, _ path: String, _ isTaken: Bool) throws {
        #expect(try table([#"{"path":"\#(pattern)"}"#]).match("GET", path) == (isTaken ? .route(0) : .notFound))
    }

    @Test("A route that does not take the method is passed over; 405 says what would be taken")
    func methods() throws {
        let table = try table([
            #"{"path":"/a","methods":["GET","POST"]}"#, #"{"path":"/a/**","methods":["DELETE","OPTIONS"]}"#,
            #"{"path":"/any"}"#, #"{"path":"/head","methods":["HEAD"]}"#,
        ])
        #expect(table.answer("GET", "/a") == "/a")
        #expect(table.answer("HEAD", "/a") == "/a")
        #expect(table.answer("POST", "/a") == "/a")
        #expect(table.answer("DELETE", "/a") == "/a/**")
        #expect(table.answer("PUT", "/a") == "405 GET, HEAD, POST, DELETE, OPTIONS")
        #expect(table.answer("get", "/a") == "405 GET, HEAD, POST, DELETE, OPTIONS")
        #expect(table.answer("PROPFIND", "/a/b") == "405 DELETE, OPTIONS")
        #expect(table.answer("VERSION-CONTROL", "/a/b") == "405 DELETE, OPTIONS")
        #expect(table.answer("GET", "/head") == "405 HEAD")
        for method in [
            "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND", "get", "VERSION-CONTROL",
        ] {
            #expect(table.answer(method, "/any") == "/any")
        }
        #expect(table.answer("GET", "/b") == "404")
    }

    @Test("Each method is told from the others")
    func eachMethod() throws {
        let methods = RouteMethod.allCases.filter { $0 != .get }
        let table = try table(methods.map { #"{"path":"/a","methods":["\#($0.rawValue)"]}"# })
        for (index, method) in methods.enumerated() {
            #expect(table.match(method.rawValue, "/a") == .route(index))
        }
    }

    @Test(
        "Hosts are compared without case, port and final dot",
        arguments: [
            ("api.example.com", 0), ("API.Example.COM", 0), ("api.example.com:8080", 0), ("api.example.com.", 0),
            ("api.example.com.:80", 0), ("api.example.com:", 0), ("[::1]", 1), ("[::1]:80", 1), ("127.0.0.1:80", 2),
            ("127.0.0.1", 2), ("example.com", 3), ("xapi.example.com", 3), ("api.example.comx", 3), ("", 3), (":80", 3),
            (".", 3), ("[::1", 3), ("8080", 3),
        ]
    )
    func hosts(_ host: String, _ index: Int) throws {
        let table = try table([
            #"{"path":"/**","host":"Api.example.com"}"#, #"{"path":"/**","host":"[::1]"}"#,
            #"{"path":"/**","host":"127.0.0.1"}"#, #"{"path":"/**"}"#,
        ])
        #expect(table.match("GET", "/a", host: host) == .route(index))
    }

    @Test("Where no route names the host or all hosts, there is no route")
    func unknownHost() throws {
        let table = try table([#"{"path":"/**","host":"a.example"}"#])
        #expect(table.answer("GET", "/", host: "b.example") == "404")
    }

    @Test("A compiled route says what the file says")
    func compiled() throws {
        let table = try table([
            #"{"path":"/a"}"#,
            #"{"path":"/b/{id}","auth":"none","success":"wrap","failures":"5xx","bodyLimit":"unlimited","statuses":"real","slashes":"keep","forwardToken":true}"#,
            #"{"path":"/c","bodyLimit":"2KiB","statuses":"always200"}"#,
        ])
        let plain = table.routes[0]
        #expect(plain.label == Array("/a".utf8) && plain.serviceIndex == 1 && plain.auth == .required)
        #expect(plain.success == .pass && plain.failures == .clientAndServerErrors && plain.bodyLimit == 1024)
        #expect(plain.always200 == nil && !plain.keepSlashes && !plain.forwardToken)
        let other = table.routes[1]
        #expect(other.label == Array("/b/{id}".utf8) && other.auth == .none && other.success == .wrap)
        #expect(other.failures == .serverErrors && other.bodyLimit == .max && other.always200 == false)
        #expect(other.keepSlashes && other.forwardToken)
        #expect(table.routes[2].bodyLimit == 2048 && table.routes[2].always200 == true)
    }

    @Test("No routes at all, and paths of any length")
    func edges() throws {
        #expect(try table([]).answer("GET", "/") == "404")
        let long = "/" + [String](repeating: "a", count: 4000).joined(separator: "/")
        #expect(try table([]).answer("GET", long) == "404")
        #expect(try table([#"{"path":"/a/a/*/**"}"#]).answer("GET", long) == "/a/a/*/**")
        #expect(try table([#"{"path":"/**"}"#]).answer("", "") == "/**")
    }

    @Test("A literal of the file is matched by each of its spellings in a request")
    func spellings() throws {
        let table = try table([#"{"path":"/Az0-._~/%E8%ae/x"}"#])
        for path in ["/Az0-._~/%E8%AE/x", "/%41%7A%30%2d%2E%5f%7e/%e8%AE/%78"] {
            var scratch: [UInt8] = []
            let bytes = Array(path.utf8)
            if case .rewritten = TargetNormalizer.normalize(path: bytes.span, into: &scratch) {
                #expect(table.match("GET", String(decoding: scratch, as: UTF8.self)) == .route(0))
            } else {
                #expect(table.match("GET", path) == .route(0))
            }
        }
    }
}
