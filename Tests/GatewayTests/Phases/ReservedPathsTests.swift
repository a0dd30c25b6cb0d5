import Configuration
import Testing

@testable import Gateway

@Suite("The gateway's own paths")
struct ReservedPathsTests {
    private static func paths(_ members: [String: String] = [:], side: ListenerSide = .traffic) throws -> ReservedPaths
    {
        ReservedPaths(try PhaseFixture.configuration(members), side: side)
    }

    private static func endpoint(_ paths: ReservedPaths, _ path: String) -> ReservedPaths.Endpoint? {
        let bytes = Array(path.utf8)
        return paths.endpoint(at: bytes.span)
    }

    @Test(
        "are found on the traffic port, byte for byte",
        arguments: [
            ("/livez", .live), ("/readyz", .ready), ("/healthz", .ready), ("/auth/login", .auth(.login)),
            ("/auth/session", .auth(.session)), ("/auth/", .unknownLoginPath), ("/auth/logout", .auth(.logout)),
            ("/auth/user", .auth(.user)), ("/auth/phone", .auth(.phone)),
            ("/auth/refresh", .unknownLoginPath),
            ("/auth/login/", .unknownLoginPath), ("/auth/login/x", .unknownLoginPath),
            ("/auth/Login", .unknownLoginPath), ("/auth", .unknownLoginPath), ("/authx", nil), ("/livez/", nil),
            ("/Livez", nil),
            ("/livezz", nil), ("/", nil), ("", nil), ("/api/auth/login", nil), ("/xuth/login", nil),
        ] as [(String, ReservedPaths.Endpoint?)]
    )
    func traffic(_ path: String, _ expected: ReservedPaths.Endpoint?) throws {
        #expect(Self.endpoint(try Self.paths(), path) == expected)
    }

    @Test("are health only on the admin port")
    func admin() throws {
        let paths = try Self.paths(side: .admin)
        #expect(Self.endpoint(paths, "/livez") == .live)
        #expect(Self.endpoint(paths, "/readyz") == .ready)
        #expect(Self.endpoint(paths, "/auth/login") == nil)
        #expect(Self.endpoint(paths, "/auth/") == nil)
        #expect(Self.endpoint(paths, "") == nil)
    }

    @Test("leave health to the admin port where the configuration says so")
    func healthOff() throws {
        let members = ["health": #"{"traffic":false}"#, "admin": #"{"address":"127.0.0.1:0"}"#]
        let traffic = try Self.paths(members)
        #expect(Self.endpoint(traffic, "/livez") == nil)
        #expect(Self.endpoint(traffic, "/healthz") == nil)
        #expect(Self.endpoint(traffic, "/auth/login") == .auth(.login))
        let admin = try Self.paths(members, side: .admin)
        #expect(Self.endpoint(admin, "/livez") == .live)
        #expect(Self.endpoint(admin, "/healthz") == .ready)
    }

    @Test("are where the configuration puts them, however long")
    func configured() throws {
        let long = "/" + String(repeating: "a", count: 100)
        let paths = try Self.paths([
            "health": #"{"live":"\#(long)","ready":["\#(long)b"]}"#, "login": #"{"path":"/v1/user"}"#,
        ])
        #expect(Self.endpoint(paths, long) == .live)
        #expect(Self.endpoint(paths, long + "b") == .ready)
        #expect(Self.endpoint(paths, long + "c") == nil)
        #expect(Self.endpoint(paths, "/livez") == nil)
        #expect(Self.endpoint(paths, "/v1/user/login") == .auth(.login))
        #expect(Self.endpoint(paths, "/auth/login") == nil)
        #expect(paths.label(.auth(.login)) == Array("/v1/user/login".utf8))
        #expect(paths.label(.unknownLoginPath) == Array("/v1/user/".utf8))
        #expect(paths.label(.ready) == Array((long + "b").utf8))
    }
}
