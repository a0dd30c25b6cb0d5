import RandomJSON
import Testing

@testable import Gateway

@Suite("The pool of idle connections")
struct ServicePoolTests {
    private final class Connection {
        let name: Int
        init(_ name: Int) { self.name = name }
    }

    @Test("gives the newest first, and nothing when empty")
    func newestFirst() {
        var pool = ServicePool<Connection>(idleLimit: 3)
        #expect(pool.take() == nil)
        for name in 1...3 { #expect(pool.keep(Connection(name)) == true) }
        #expect(pool.keep(Connection(4)) == false)
        #expect(pool.idleCount == 3)
        #expect([pool.take(), pool.take(), pool.take(), pool.take()].map { $0?.name } == [3, 2, 1, nil])
    }

    @Test("forgets the connection that closed and no other")
    func removal() {
        var pool = ServicePool<Connection>(idleLimit: 3)
        let connections = (1...3).map { Connection($0) }
        for connection in connections { _ = pool.keep(connection) }
        #expect(pool.remove(connections[1]) == true)
        #expect(pool.remove(connections[1]) == false)
        #expect(pool.remove(Connection(1)) == false)
        #expect(pool.removeAll().map(\.name) == [1, 3])
        #expect(pool.idleCount == 0)
        #expect(pool.removeAll().isEmpty)
    }

    @Test("keeps none where none may be kept")
    func noRoom() {
        var pool = ServicePool<Connection>(idleLimit: 0)
        #expect(pool.keep(Connection(1)) == false)
        #expect(pool.take() == nil)
    }

    @Test("agrees with a list, whatever happens in which order")
    func model() {
        var random = SeededGenerator()
        print("service pool: MENSHEN_TEST_SEED=\(random.seed)")
        for _ in 0..<200 {
            let limit = Int.random(in: 0...6, using: &random)
            var pool = ServicePool<Connection>(idleLimit: limit)
            var list: [Connection] = []
            var known = [Connection(0)]
            for name in 1...100 {
                switch Int.random(in: 0..<4, using: &random) {
                case 0:
                    let connection = Connection(name)
                    known.append(connection)
                    #expect(pool.keep(connection) == (list.count < limit))
                    if list.count < limit { list.append(connection) }
                case 1: #expect(pool.take() === list.popLast())
                case 2:
                    let connection = known[Int.random(in: known.indices, using: &random)]
                    let isThere = list.contains { $0 === connection }
                    list.removeAll { $0 === connection }
                    #expect(pool.remove(connection) == isThere)
                default: #expect(pool.idleCount == list.count, "seed \(random.seed)")
                }
            }
        }
    }
}
