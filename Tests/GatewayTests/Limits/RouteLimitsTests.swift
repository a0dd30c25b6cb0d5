import Configuration
import HTTPWire
import NIOCore
import Testing

@testable import Gateway

@Suite("The limits of a route")
struct RouteLimitsTests {
    private static func limits(_ limits: String) throws -> RouteLimits {
        let routes = #"[{"path":"/a","service":"s","auth":"optional","rateLimit":\#(limits)}]"#
        return try #require(RateLimits(try PhaseFixture.configuration(["routes": routes])).of(0))
    }

    private static func keys(_ user: String?, app: String? = "a", address: String = "192.0.2.1") -> RateLimitKeys {
        RateLimitKeys(
            user: user.map { Array($0.utf8) },
            app: user == nil ? nil : app.map { Array($0.utf8) },
            address: ClientNetwork(IPAddress(address))
        )
    }

    @Test("limits go on in the next generation where route and limits are the same")
    func generations() throws {
        func rates(_ routes: [(path: String, rate: String)], after former: RateLimits? = nil) throws -> RateLimits {
            let list = routes.map { path, rate in
                #"{"path":"\#(path)","service":"s","auth":"none","rateLimit":{"by":"route","rate":"\#(rate)"}}"#
            }
            let configuration = try PhaseFixture.configuration(["routes": "[" + list.joined(separator: ",") + "]"])
            return RateLimits(configuration, former: former)
        }
        let first = try rates([("/a", "5/h"), ("/b", "5/h"), ("/c", "5/h")])
        let second = try rates([("/c", "5/h"), ("/a", "5/h"), ("/b", "6/h")], after: first)
        #expect(second.of(0) === first.of(2))
        #expect(second.of(1) === first.of(0))
        #expect(second.of(2) !== first.of(1))
        #expect(second.session === first.session)
        // Over two generations too.
        #expect(try rates([("/a", "5/h")], after: second).of(0) === first.of(0))
    }

    /// How many of ten requests come through at one moment.
    private static func admitted(_ limits: RouteLimits, _ keys: RateLimitKeys) -> Int {
        (0..<10).count { _ in limits.count(keys, now: 1_000_000_000).retryAfter == nil }
    }

    @Test("users of one app are told apart, and the same id of two apps is two")
    func users() throws {
        let limits = try Self.limits(#"{"by":"user","rate":"1/s","burst":3}"#)
        #expect(Self.admitted(limits, Self.keys("u")) == 3)
        #expect(Self.admitted(limits, Self.keys("v")) == 3)
        #expect(Self.admitted(limits, Self.keys("u", app: "b")) == 3)
        #expect(Self.admitted(limits, Self.keys("u", address: "192.0.2.9")) == 0)
    }

    @Test("who is not known counts by address, beside users of that address", arguments: ["user", "app", "address"])
    func strangers(by: String) throws {
        let limits = try Self.limits(#"{"by":"\#(by)","rate":"1/s","burst":3}"#)
        #expect(Self.admitted(limits, Self.keys(nil)) == 3)
        #expect(Self.admitted(limits, Self.keys(nil, address: "192.0.2.2")) == 3)
        #expect(Self.admitted(limits, Self.keys("u")) == (by == "address" ? 0 : 3))
    }

    @Test("an app's users share one, a route's everybody")
    func shared() throws {
        let app = try Self.limits(#"{"by":"app","rate":"1/s","burst":3}"#)
        #expect(Self.admitted(app, Self.keys("u")) == 3)
        #expect(Self.admitted(app, Self.keys("v")) == 0)
        #expect(Self.admitted(app, Self.keys("v", app: "b")) == 3)
        let route = try Self.limits(#"{"by":"route","rate":"1/s","burst":3}"#)
        #expect(Self.admitted(route, Self.keys("u")) == 3)
        #expect(Self.admitted(route, Self.keys(nil, address: "2001:db8::1")) == 0)
    }

    @Test("of IPv6 the first 64 bits count, of IPv4 all, in whichever form")
    func networks() throws {
        let limits = try Self.limits(#"{"by":"address","rate":"1/s","burst":3}"#)
        #expect(Self.admitted(limits, Self.keys(nil, address: "2001:db8::1")) == 3)
        #expect(Self.admitted(limits, Self.keys(nil, address: "2001:db8::ffff:ffff:ffff:ffff")) == 0)
        #expect(Self.admitted(limits, Self.keys(nil, address: "2001:db8:0:1::1")) == 3)
        #expect(Self.admitted(limits, Self.keys(nil, address: "192.0.2.1")) == 3)
        #expect(Self.admitted(limits, Self.keys(nil, address: "::ffff:192.0.2.1")) == 0)
        #expect(Self.admitted(limits, Self.keys(nil, address: "192.0.2.2")) == 3)
        #expect(ClientNetwork(nil) == ClientNetwork(nil))
    }

    @Test("what one limit refuses does not count for another, in whichever order they stand")
    func several() throws {
        for text in [
            #"[{"by":"user","rate":"1/s","burst":2},{"by":"route","rate":"1/s","burst":5}]"#,
            #"[{"by":"route","rate":"1/s","burst":5},{"by":"user","rate":"1/s","burst":2}]"#,
        ] {
            let limits = try Self.limits(text)
            #expect(Self.admitted(limits, Self.keys("u")) == 2)
            #expect(Self.admitted(limits, Self.keys("v")) == 2)
            // One is left of the route's five, and the third user still has a token after being refused for that.
            #expect(Self.admitted(limits, Self.keys("w")) == 1)
            #expect(limits.count(Self.keys("w"), now: 2_000_000_000).retryAfter == nil)
            #expect(limits.count(Self.keys("w"), now: 2_000_000_000).retryAfter != nil)
        }
    }

    @Test("tells what is left, for all limits or for the one that refuses")
    func fields() throws {
        let limits = try Self.limits(
            #"[{"by":"route","rate":"600/m","burst":1200},{"by":"user","rate":"10/s","burst":2},{"by":"user","rate":"3/h"}]"#
        )
        func text(_ tally: RouteLimits.Outcome) -> String { String(buffer: tally.fields.lines) }
        let policy = #"ratelimit-policy: "user";q=2;w=1, "user-2";q=3;w=3600, "route";q=1200;w=120\#r\#n"#
        #expect(String(buffer: limits.policyField.lines) == policy)
        let first = limits.count(Self.keys("u"), now: 1_000_000_000)
        #expect(first.retryAfter == nil)
        #expect(
            text(first) == policy + #"ratelimit: "user";r=1;t=1, "user-2";r=2;t=1200, "route";r=1199;t=1\#r\#n"#
        )
        _ = limits.count(Self.keys("u"), now: 1_000_000_000)
        let third = limits.count(Self.keys("u"), now: 1_000_000_000)
        #expect(third.retryAfter == 1)
        #expect(text(third) == policy + #"ratelimit: "user";r=0;t=1\#r\#n"#)
        _ = limits.count(Self.keys("u"), now: 2_000_000_000)
        let fifth = limits.count(Self.keys("u"), now: 3_000_000_000)
        // Of a part of a tick the next second is told: who comes then is not refused again.
        #expect(fifth.retryAfter == 1199)
        #expect(text(fifth) == policy + #"ratelimit: "user-2";r=0;t=3599\#r\#n"#)
    }
}
