import NIOCore
import NIOPosix
import Testing

@testable import Gateway

@Suite("Resolving the names of services")
struct ResolvingTests {
    private static func address(_ text: String) throws -> SocketAddress { try SocketAddress(ipAddress: text, port: 80) }

    @Test("what was found is kept while later questions fail, which are asked sooner")
    func book() throws {
        var book = AddressBook()
        let one = try Self.address("127.0.0.1")
        let other = try Self.address("127.0.0.2")
        #expect(book.take(.notFound, now: 0, jitter: 0) == true)
        #expect(book.isKnown && book.addresses.isEmpty && book.nextLookup == AddressBook.firstPause)
        #expect(book.take(.notFound, now: 0, jitter: 0) == false)
        #expect(book.nextLookup == 2 * AddressBook.firstPause)
        #expect(book.take(.found([one]), now: 0, jitter: 0) == true)
        #expect(book.nextLookup == AddressBook.interval)
        #expect(book.take(.found([one]), now: 0, jitter: 1) == false)
        #expect(book.nextLookup == AddressBook.interval / 5 * 4)
        #expect(book.take(.notFound, now: 0, jitter: 0) == false)
        #expect(book.addresses == [one] && book.nextLookup == AddressBook.firstPause)
        #expect(book.take(.found([one, other]), now: 0, jitter: 0) == true)
        for _ in 0..<20 { _ = book.take(.found([]), now: 0, jitter: 0) }
        #expect(book.addresses == [one, other] && book.nextLookup == AddressBook.interval)
    }

    @Test("another order of the same addresses is no change, and an address found twice is one")
    func order() throws {
        var book = AddressBook()
        let (one, other) = (try Self.address("127.0.0.1"), try Self.address("127.0.0.2"))
        #expect(book.take(.found([one, other, one]), now: 0, jitter: 0) == true)
        #expect(book.addresses == [one, other])
        #expect(book.take(.found([other, one]), now: 0, jitter: 0) == false)
        #expect(book.take(.found([other]), now: 0, jitter: 0) == true)
        #expect(book.addresses == [other])
    }

    @Test("everybody who follows a name is told, who comes late too, and nobody after the end")
    func followers() throws {
        let found = try Self.address("127.0.0.1")
        let questions = Watched(0)
        let resolver = NameResolver { _ in
            questions.withLock { $0 += 1 }
            return .found([found])
        }
        let told = Watched<[String]>([])
        resolver.follow(host: "a", port: 80) { addresses in told.withLock { $0.append("first \(addresses.count)") } }
        try told.wait(for: "the first answer") { $0.count == 1 }
        resolver.follow(host: "a", port: 80) { addresses in told.withLock { $0.append("second \(addresses.count)") } }
        try told.wait(for: "the second answer") { $0.count == 2 }
        #expect(told.withLock { $0 } == ["first 1", "second 1"])
        #expect(questions.withLock { $0 } == 1)
        resolver.stop()
        resolver.follow(host: "b", port: 80) { _ in told.withLock { $0.append("late") } }
        #expect(told.withLock { $0.count } == 2)
    }

    @Test("a name is asked for once, and each follower gets the addresses with its own port")
    func ports() throws {
        let asked = Watched<[String]>([])
        let bare = try SocketAddress(ipAddress: "127.0.0.1", port: 0)
        let resolver = NameResolver { host in
            asked.withLock { $0.append(host) }
            return .found([bare])
        }
        defer { resolver.stop() }
        let told = Watched<[Int?]>([])
        for port in [80, 443] {
            resolver.follow(host: "a", port: port) { addresses in told.withLock { $0 += addresses.map(\.port) } }
        }
        try told.wait(for: "both followers") { $0.count == 2 }
        #expect(Set(told.withLock { $0 }) == [80, 443])
        #expect(asked.withLock { $0 } == ["a"])
    }

    @Test("names whose servers are silent hold up no other name, however many they are")
    func silentNames() throws {
        let gate = Gate()
        defer { gate.open() }
        let found = try Self.address("127.0.0.1")
        let resolver = NameResolver { host in
            guard host != "live" else { return .found([found]) }
            try? gate.wait()
            return .notFound
        }
        defer { resolver.stop() }
        // More than may be asked for at once before the first of them is stuck.
        let silent = 3 * resolver.limits.prompt
        for number in 0..<silent { resolver.follow(host: "silent\(number)", port: 80) { _ in } }
        let told = Watched<[Int]>([])
        resolver.follow(host: "live", port: 80) { addresses in told.withLock { $0.append(addresses.count) } }
        try told.wait(for: "the live name") { $0 == [1] }
    }

    @Test("a question without an answer is given up once for those who wait, and its late answer is taken")
    func lateAnswer() throws {
        var limits = ResolverSchedule.Limits()
        limits.grace = 1_000_000
        limits.requestTimeout = 10_000_000
        let gate = Gate()
        let found = try Self.address("127.0.0.1")
        let resolver = NameResolver(limits: limits) { _ in
            try? gate.wait()
            return .found([found])
        }
        defer { resolver.stop() }
        let told = Watched<[Int]>([])
        resolver.follow(host: "late", port: 80) { addresses in told.withLock { $0.append(addresses.count) } }
        try told.wait(for: "giving up") { $0 == [0] }
        gate.open()
        try told.wait(for: "the late answer") { $0 == [0, 1] }
    }

    @Test("the system's resolver gives addresses of this machine, and says no where there are none")
    func system() {
        guard case .found(let addresses) = NameResolver.systemLookup(host: "localhost") else {
            Issue.record("localhost does not resolve")
            return
        }
        #expect(addresses.allSatisfy { $0.port == 0 })
        #expect(addresses.contains { $0.ipAddress == "127.0.0.1" || $0.ipAddress == "::1" })
        guard case .notFound = NameResolver.systemLookup(host: "no-such-host.invalid") else {
            Issue.record("a name that cannot be was found")
            return
        }
    }
}
