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
        #expect(book.isKnown && book.addresses.isEmpty && book.nextQuestion == AddressBook.firstPause)
        #expect(book.take(.notFound, now: 0, jitter: 0) == false)
        #expect(book.nextQuestion == 2 * AddressBook.firstPause)
        #expect(book.take(.found([one]), now: 0, jitter: 0) == true)
        #expect(book.nextQuestion == AddressBook.interval)
        #expect(book.take(.found([one]), now: 0, jitter: 1) == false)
        #expect(book.nextQuestion == AddressBook.interval / 5 * 4)
        #expect(book.take(.notFound, now: 0, jitter: 0) == false)
        #expect(book.addresses == [one] && book.nextQuestion == AddressBook.firstPause)
        #expect(book.take(.found([one, other]), now: 0, jitter: 0) == true)
        for _ in 0..<20 { _ = book.take(.found([]), now: 0, jitter: 0) }
        #expect(book.addresses == [one, other] && book.nextQuestion == AddressBook.interval)
    }

    @Test("everybody who follows a name is told, who comes late too, and nobody after the end")
    func followers() throws {
        let found = try Self.address("127.0.0.1")
        let questions = Watched(0)
        let resolver = NameResolver { _, _ in
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

    @Test("the system's resolver gives addresses of this machine, and says no where there are none")
    func system() {
        guard case .found(let addresses) = NameResolver.askSystem(host: "localhost", port: 81) else {
            Issue.record("localhost does not resolve")
            return
        }
        #expect(addresses.allSatisfy { $0.port == 81 })
        #expect(addresses.contains { $0.ipAddress == "127.0.0.1" || $0.ipAddress == "::1" })
        guard case .notFound = NameResolver.askSystem(host: "no-such-host.invalid", port: 81) else {
            Issue.record("a name that cannot be was found")
            return
        }
    }

    @Test("all addresses get their turn, and those who came before the answer get it")
    func turns() throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        defer { try? group.syncShutdownGracefully() }
        let loop = group.next()
        let addresses = try (1...3).map { try Self.address("127.0.0.\($0)") }
        let firsts = try loop.submit {
            let known = KnownAddresses(eventLoop: loop)
            let early = known.next()
            known.take(addresses)
            return (early, (0..<6).map { _ in known.next() })
        }.wait()
        #expect(try firsts.0.wait() == addresses)
        let order = try firsts.1.map { try $0.wait().first }
        #expect(Set(order.prefix(3)).count == 3 && Array(order.prefix(3)) == Array(order.suffix(3)))
    }
}
