import NIOCore
import RandomJSON
import Testing

@testable import Gateway

@Suite("The pools of a name's addresses")
struct AddressPoolsTests {
    private final class Connection {
        let id: Int
        init(_ id: Int) { self.id = id }
    }

    private static let second: Int64 = 1_000_000_000

    private static func address(_ number: Int) throws -> SocketAddress {
        try SocketAddress(ipAddress: "127.0.0.\(number)", port: 80)
    }

    private static func pools(_ count: Int, limit: Int = 8) throws -> AddressPools<Connection> {
        var pools = AddressPools<Connection>(idleLimit: limit)
        _ = pools.follow(try (1...count).map(address))
        return pools
    }

    @Test("the turn goes round, and passes over what rests", arguments: [[], [0], [1], [0, 2], [0, 1, 2]])
    func turns(_ resting: [Int]) throws {
        var pools = try Self.pools(3)
        for id in resting { pools.backOff(id, now: 0) }
        var counts = [0, 0, 0]
        for _ in 0..<30 {
            let index = try #require(pools.next(now: 0))
            counts[index] += 1
            pools.endTurn()
        }
        let up = [0, 1, 2].filter { !resting.contains($0) }
        // Where all rest, all are tried.
        let turning = up.isEmpty ? [0, 1, 2] : up
        #expect(counts == [0, 1, 2].map { turning.contains($0) ? 30 / turning.count : 0 })
    }

    @Test("an attempt to connect begins with the address whose turn it is and ends with those that rest")
    func order() throws {
        var pools = try Self.pools(3)
        pools.backOff(1, now: 0)
        let orders = (0..<2).map { _ in pools.takeTurn(now: 0).compactMap(\.ipAddress) }
        #expect(orders == [["127.0.0.1", "127.0.0.3", "127.0.0.2"], ["127.0.0.3", "127.0.0.1", "127.0.0.2"]])
        var empty = AddressPools<Connection>(idleLimit: 1)
        #expect(empty.takeTurn(now: 0) == [])
        #expect(empty.next(now: 0) == nil)
    }

    @Test("a rest gets longer with each failure that is not within it, up to 30 s, and an answer ends it")
    func rests() throws {
        var pools = try Self.pools(2)
        var now: Int64 = 0
        for length in [1, 2, 4, 8, 16, 30, 30] as [Int64] {
            let end = now + length * Self.second
            pools.backOff(0, now: now)
            // Attempts that began before.
            pools.backOff(0, now: now)
            pools.backOff(0, now: end - 1)
            #expect(pools.slots[0].isUsable(at: end))
            #expect(!pools.slots[0].isUsable(at: end - 1))
            now = end
        }
        pools.backOff(0, now: now)
        // The kernel of a server that hangs accepts connections.
        pools.opened(0)
        #expect(!pools.slots[0].isUsable(at: now) && pools.slots[0].open == 1)
        pools.recordResponse(0)
        #expect(pools.slots[0].isUsable(at: now))
        pools.backOff(0, now: now)
        #expect(pools.slots[0].isUsable(at: now + Self.second))
    }

    @Test("an address that rests keeps its turns while it has idle connections, and gets new ones last")
    func restsWithIdle() throws {
        var pools = try Self.pools(2)
        let connection = Connection(0)
        #expect(pools.keep(connection, id: 0) == true)
        pools.backOff(0, now: 0)
        #expect(pools.next(now: 0) == 0)
        #expect(pools.takeTurn(now: 0).compactMap(\.ipAddress) == ["127.0.0.2", "127.0.0.1"])
        #expect(pools.next(now: 0) == 1)
        pools.endTurn()
        #expect(pools.next(now: 0) == 0)
        #expect(pools.take(at: 0) === connection)
        #expect(pools.next(now: 0) == 1)
    }

    @Test("idle connections to an address that is gone come out, those in use are not kept, the others stay")
    func gone() throws {
        var pools = try Self.pools(2)
        let (idle, used, other) = (Connection(0), Connection(0), Connection(1))
        #expect(pools.keep(idle, id: 0) == true)
        #expect(pools.keep(other, id: 1) == true)
        let first = pools.follow([try Self.address(2), try Self.address(3)])
        #expect(first.map(ObjectIdentifier.init) == [ObjectIdentifier(idle)])
        #expect(pools.keep(used, id: 0) == false)
        #expect(pools.remove(idle, id: 0) == false)
        #expect(pools.slots.map(\.id) == [1, 2] && pools.idleCount == 1)
        // One that comes back is a new one: connections of before are not its own.
        let second = pools.follow([try Self.address(1)])
        #expect(second.map(ObjectIdentifier.init) == [ObjectIdentifier(other)])
        #expect(pools.slots.map(\.id) == [3] && pools.isSingle)
        #expect(pools.keep(used, id: 0) == false)
        #expect(pools.keep(used, id: 3) == true)
    }

    @Test("a connection belongs to the address that it ended up at, whatever its scope")
    func identity() throws {
        var pools = AddressPools<Connection>(idleLimit: 1)
        let scoped = try SocketAddress.makeAddressResolvingHost("fe80::1%lo", port: 80)
        let bare = try SocketAddress(ipAddress: "fe80::1", port: 80)
        #expect(scoped != bare)
        _ = pools.follow([try Self.address(1), scoped])
        #expect(pools.id(of: try Self.address(1)) == 0)
        #expect(pools.id(of: scoped) == 1 && pools.id(of: bare) == 1)
        #expect(pools.id(of: try SocketAddress(ipAddress: "fe80::1", port: 81)) == nil)
        #expect(pools.id(of: try Self.address(2)) == nil)
        #expect(pools.id(of: nil) == nil)
    }

    @Test("what is given up first is of the address with most idle connections")
    func fullest() throws {
        var pools = try Self.pools(2)
        #expect(pools.fullest == nil)
        #expect(pools.takeOldest() == nil)
        let connections = [Connection(0), Connection(1), Connection(1)]
        for connection in connections { _ = pools.keep(connection, id: connection.id) }
        #expect(pools.fullest == 1)
        #expect(pools.takeOldest() === connections[1])
    }

    @Test("an address gives a connection to one that has at least two fewer, once for each trade")
    func trades() throws {
        var pools = try Self.pools(3)
        for _ in 0..<4 { pools.opened(1) }
        for _ in 0..<2 { pools.opened(0) }
        pools.opened(2)
        #expect(pools.startRebalancing(from: 0, to: 1, now: 0, jitter: 0) == false)
        #expect(pools.startRebalancing(from: 0, to: 2, now: 0, jitter: 0) == false)
        #expect(pools.startRebalancing(from: 9, to: 0, now: 0, jitter: 0) == false)
        #expect(pools.startRebalancing(from: 1, to: 0, now: 0, jitter: 0) == true)
        #expect(pools.startRebalancing(from: 1, to: 2, now: 0, jitter: 0) == false, "one at a time")
        #expect(
            pools.rebalanceTarget == 0 && pools.isRebalanceSource(1) && !pools.isRebalanceSource(2)
                && !pools.isRebalanceSource(0) && !pools.isRebalanceSource(9)
        )
        pools.closed(1)
        #expect(pools.takeRebalanceTarget() == 0)
        #expect(pools.takeRebalanceTarget() == nil)
        #expect(!pools.isRebalanceSource(1))
        pools.opened(0)
        #expect(pools.startRebalancing(from: 1, to: 0, now: 0, jitter: 0) == false)
        // Who is on the way to have one needs no room.
        #expect(pools.startRebalancing(from: 1, to: 2, now: 0, jitter: 0) == true)
        pools.setGrowing(2, true)
        #expect(pools.takeRebalanceTarget() == nil)
        #expect(pools.rebalanceTarget == nil)
        pools.setGrowing(2, false)
        // Nor does an address that is gone.
        #expect(pools.startRebalancing(from: 1, to: 2, now: 0, jitter: 0) == true)
        _ = pools.follow([try Self.address(1), try Self.address(2)])
        #expect(pools.rebalanceTarget == nil)
    }

    /// As where each worker may have one.
    @Test(
        "the only connection goes round, every few seconds",
        arguments: [(0, 5000), (0.5, 3750), (1, 2500)] as [(Double, Int64)]
    )
    func rounds(_ jitter: Double, _ milliseconds: Int64) throws {
        var pools = try Self.pools(2)
        pools.opened(0)
        #expect(pools.startRebalancing(from: 0, to: 1, now: 0, jitter: jitter) == true)
        #expect(pools.isRebalanceSource(0))
        pools.closed(0)
        #expect(pools.takeRebalanceTarget() == 1)
        pools.opened(1)
        let round = milliseconds * 1_000_000
        #expect(pools.startRebalancing(from: 1, to: 0, now: round - 1, jitter: jitter) == false)
        #expect(pools.startRebalancing(from: 1, to: 0, now: round, jitter: jitter) == true)
        // One that balances does not wait.
        #expect(pools.takeRebalanceTarget() == 0)
        pools.opened(1)
        #expect(pools.startRebalancing(from: 1, to: 0, now: round, jitter: jitter) == true)
    }

    @Test("agrees with a list, whatever happens in which order")
    func model() throws {
        var random = SeededGenerator()
        print("address pools: MENSHEN_TEST_SEED=\(random.seed)")
        for _ in 0..<100 {
            let limit = Int.random(in: 1...6, using: &random)
            var pools = AddressPools<Connection>(idleLimit: limit)
            var list: [Connection] = []
            var ids: [SocketAddress: Int] = [:]
            var known = 0
            for _ in 0..<200 {
                switch Int.random(in: 0..<5, using: &random) {
                case 0:
                    let addresses = try (1...4).filter { _ in Bool.random(using: &random) }.map(Self.address)
                    let retired = pools.follow(addresses)
                    ids = ids.filter { addresses.contains($0.key) }
                    for address in addresses where ids[address] == nil {
                        ids[address] = known
                        known += 1
                    }
                    let gone = list.filter { !ids.values.contains($0.id) }
                    #expect(Set(retired.map(ObjectIdentifier.init)) == Set(gone.map(ObjectIdentifier.init)))
                    list.removeAll { !ids.values.contains($0.id) }
                case 1, 2:
                    let connection = Connection(Int.random(in: 0...max(known, 1), using: &random))
                    let isKept = ids.values.contains(connection.id) && list.count < limit
                    #expect(pools.keep(connection, id: connection.id) == isKept)
                    if isKept { list.append(connection) }
                case 3:
                    guard let index = pools.next(now: 0) else { break }
                    let id = pools.slots[index].id
                    let newest = list.last { $0.id == id }
                    #expect(pools.take(at: index) === newest)
                    list.removeAll { $0 === newest }
                    pools.endTurn()
                default:
                    guard let connection = list.randomElement(using: &random) else { break }
                    #expect(pools.remove(connection, id: connection.id) == true)
                    list.removeAll { $0 === connection }
                }
                #expect(pools.idleCount == list.count, "seed \(random.seed)")
            }
            #expect(pools.removeAll().count == list.count)
            #expect(pools.idleCount == 0)
        }
    }
}
