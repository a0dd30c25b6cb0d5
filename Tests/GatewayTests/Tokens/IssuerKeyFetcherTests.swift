import APICalls
import Configuration
import Cryptography
import NIOConcurrencyHelpers
import RandomJSON
import ScriptedServer
import Testing

@testable import Gateway

@Suite("When issuers' keys are fetched")
struct IssuerFetchScheduleTests {
    @Test("at the start, every hour, and a minute after a failure")
    func times() {
        var schedule = IssuerFetchSchedule(issuers: [0, 2], now: 10)
        #expect(schedule.takeDue(now: 9) == [])
        #expect(schedule.takeDue(now: 10) == [0, 2])
        #expect(schedule.takeDue(now: 10_000) == [], "both are under way")
        schedule.finished(0, succeeded: true, now: 11)
        schedule.finished(2, succeeded: false, now: 11)
        #expect(schedule.takeDue(now: 69) == [])
        #expect(schedule.takeDue(now: 70) == [2])
        schedule.finished(2, succeeded: true, now: 71)
        #expect(schedule.takeDue(now: 3609) == [])
        #expect(schedule.takeDue(now: 3610) == [0])
        #expect(schedule.takeDue(now: 3670) == [2])
    }

    @Test("at once for an unknown kid, if the last fetch is a minute old; else when it is")
    func unknown() {
        var schedule = IssuerFetchSchedule(issuers: [0], now: 0)
        _ = schedule.takeDue(now: 0)
        schedule.keyIsUnknown(0, now: 1)
        schedule.finished(0, succeeded: true, now: 2)
        #expect(schedule.takeDue(now: 59) == [])
        #expect(schedule.takeDue(now: 60) == [0])
        schedule.finished(0, succeeded: true, now: 61)
        schedule.keyIsUnknown(0, now: 500)
        #expect(schedule.takeDue(now: 500) == [0])
        schedule.finished(0, succeeded: true, now: 501)
        schedule.keyIsUnknown(7, now: 502)
        #expect(schedule.takeDue(now: 559) == [])
    }

    @Test("once a minute at most and once an hour at least, whatever happens in whatever order")
    func invariant() {
        var random = SeededGenerator.printingSeed()
        var now: Int64 = 0
        var schedule = IssuerFetchSchedule(issuers: [0, 1, 2], now: now)
        var lastStart: [Int: Int64] = [:]
        var running: Set<Int> = []
        var starts = 0
        for _ in 0..<50_000 {
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<4: now += Int64.random(in: 0...40, using: &random)
            case 4: now += Int64.random(in: 0...2000, using: &random)
            case 5..<8: schedule.keyIsUnknown(Int.random(in: 0...3, using: &random), now: now)
            default:
                if let issuer = running.randomElement(using: &random) {
                    running.remove(issuer)
                    schedule.finished(issuer, succeeded: Bool.random(using: &random), now: now)
                }
            }
            for issuer in schedule.takeDue(now: now) {
                #expect(running.insert(issuer).inserted)
                if let last = lastStart[issuer] { #expect(now - last >= 60) }
                lastStart[issuer] = now
                starts += 1
            }
            for issuer in 0..<3 where !running.contains(issuer) {
                #expect(now - (lastStart[issuer] ?? 0) < 3600)
            }
        }
        #expect(starts > 1000)
    }
}

@Suite("The keys of issuers that are fetched")
struct IssuerKeyFetcherTests {
    private struct Seen {
        var now: Int64 = 1000
        var keys: [IssuerKeys] = []
        var events: [IssuerKeyEvent] = []
    }

    /// A fetcher on a server that answers with what `body` says at the time.
    private final class Bench: Sendable {
        let answer: NIOLockedValueBox<String>
        let server: ScriptedServer
        let api: APIClient
        let seen = Watched(Seen())
        let fetcher: IssuerKeyFetcher

        init(_ body: String, status: Int = 200) throws {
            let answer = NIOLockedValueBox(Bench.response(body, status: status))
            let server = try ScriptedServer { _ in .answer(answer.withLockedValue { $0 }) }
            let configuration = try Bench.configuration(server.baseURL + "/jwks.json?x=secret-of-the-url")
            let api = try APIClient()
            let seen = seen
            fetcher = IssuerKeyFetcher(
                issuers: configuration.tokens.issuers,
                keys: try IssuerKeys(configuration.tokens.issuers),
                api: api,
                clock: { seen.withLock { $0.now } },
                onChange: { keys in seen.withLock { $0.keys.append(keys) } },
                log: { event in seen.withLock { $0.events.append(event) } }
            )
            self.answer = answer
            self.server = server
            self.api = api
        }

        deinit {
            fetcher.stop()
            api.stop()
        }

        static func response(_ body: String, status: Int = 200) -> String {
            "HTTP/1.1 \(status) X\r\ncontent-length: \(body.utf8.count)\r\n\r\n\(body)"
        }

        static func configuration(_ url: String) throws -> GatewayConfiguration {
            let secret = "0123456789abcdef0123456789abcdef"
            let text = """
                {"listeners":[{"address":"127.0.0.1:0"}],"wechat":{"apps":[{"appId":"a","secret":{"value":"x"}}]},
                 "tokens":{"issuer":"i","signingKeys":[{"id":"k","algorithm":"HS256","secret":{"value":"\(secret)"}}],
                 "issuers":[{"issuer":"f","jwksURL":"\(url)","audience":"a"}]},"services":{},"routes":[]}
                """
            let result = GatewayConfiguration.load(bytes: Array(text.utf8))
            return try #require(result.configuration, "\(result.faults)")
        }

        func say(_ body: String, status: Int = 200) {
            answer.withLockedValue { $0 = Bench.response(body, status: status) }
        }

        func pass(_ seconds: Int64) { seen.withLock { $0.now += seconds } }

        func events(_ count: Int) throws -> [IssuerKeyEvent.Outcome] {
            try seen.wait(for: "\(count) events") { $0.events.count >= count }
            return seen.withLock { $0.events.map(\.outcome) }
        }
    }

    private static func body(_ id: String, _ algorithm: SignatureAlgorithm = .es256) throws -> String {
        try #"{"keys":[\#(TokenKeys.jwk(TokenKeys.key(algorithm).publicKey, id: id))]}"#
    }

    @Test("come at the start, change when they change, and stay while a fetch fails")
    func life() throws {
        let bench = try Bench(Self.body("one"))
        bench.fetcher.fetchDue()
        #expect(try bench.events(1) == [.fetched(keys: 1, changed: true)])
        #expect(bench.fetcher.keys.key(Array("one".utf8), of: 0) != nil)

        bench.pass(3600)
        bench.fetcher.fetchDue()
        #expect(try bench.events(2).last == .fetched(keys: 1, changed: false))
        #expect(bench.seen.withLock { $0.keys.count } == 1)

        let failures = [
            ("{}", 200, "jwks_malformed"), ("<html>", 200, "jwks_malformed"), ("", 500, "status_500"),
            (try Self.body("two"), 404, "status_404"),
            (#"{"keys":[{"kty":"oct","k":"AA"}]}"#, 200, "jwks_secret_parameters"),
            (#"{"keys":[]}"#, 200, "jwks_without_keys"),
            (String(repeating: " ", count: 70_000), 200, "too_large"),
        ]
        for (index, (body, status, word)) in failures.enumerated() {
            bench.say(body, status: status)
            bench.pass(3600)
            bench.fetcher.fetchDue()
            #expect(try bench.events(3 + index).last == .failed(word))
        }
        #expect(bench.fetcher.keys.key(Array("one".utf8), of: 0) != nil)
        #expect(bench.seen.withLock { $0.keys.count } == 1)

        bench.say(try Self.body("two", .edDSA))
        bench.pass(60)
        bench.fetcher.fetchDue()
        #expect(try bench.events(3 + failures.count).last == .fetched(keys: 1, changed: true))
        let keys = try #require(bench.seen.withLock { $0.keys.last })
        #expect(keys == bench.fetcher.keys)
        #expect(keys.key(Array("one".utf8), of: 0) == nil)
        #expect(keys.key(Array("two".utf8), of: 0)?.algorithm == .edDSA)
    }

    @Test("are fetched once a minute at most, however many unknown names come")
    func unknown() throws {
        let bench = try Bench(Self.body("one"))
        bench.fetcher.fetchDue()
        _ = try bench.events(1)
        bench.say(try Self.body("two"))
        for _ in 0..<100 { bench.fetcher.keyIsUnknown(0) }
        #expect(bench.server.requests.count == 1)
        bench.pass(60)
        for _ in 0..<100 { bench.fetcher.keyIsUnknown(0) }
        #expect(try bench.events(2).last == .fetched(keys: 1, changed: true))
        #expect(bench.server.requests.count == 2)
        bench.fetcher.keyIsUnknown(5)
        bench.fetcher.keyIsUnknown(-1)
    }

    @Test("are not fetched any more after the stop, and nobody is told")
    func stop() throws {
        let bench = try Bench(Self.body("one"))
        bench.fetcher.stop()
        bench.fetcher.fetchDue()
        #expect(bench.server.requests.isEmpty)
        #expect(bench.seen.withLock { $0.keys.isEmpty })
    }

    @Test("are told of without their URL")
    func silence() throws {
        let bench = try Bench("", status: 403)
        bench.fetcher.fetchDue()
        _ = try bench.events(1)
        let text = bench.seen.withLock { "\($0.events)" }
        #expect(!text.contains("secret-of-the-url") && !text.contains("127.0.0.1"))
    }
}
