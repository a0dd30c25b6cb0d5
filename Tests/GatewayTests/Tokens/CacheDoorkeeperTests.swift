import RandomJSON
import Testing

@testable import Gateway

@Suite("Tokens that come again")
struct CacheDoorkeeperTests {
    private static func keys(_ count: Int) throws -> [VerdictCache.Key] {
        let cache = VerdictCache(capacity: 16)
        var random = SeededGenerator.printingSeed()
        return try (0..<count).map { _ in
            let token = (0..<80).map { _ in UInt8.random(in: 33...126, using: &random) }
            let key = cache.key(of: token.span)
            return try #require(key)
        }
    }

    @Test("are known from their second time on, and the others are not")
    func again() throws {
        let keys = try Self.keys(200)
        var sightings = CacheDoorkeeper(capacity: 1 << 16)
        #expect(keys.filter { sightings.admit($0) }.isEmpty)
        // Two of one place may forget each other: with 200 in 65,536 places that is rare.
        #expect(keys.filter { sightings.admit($0) }.count > 190)
    }

    @Test("are all known in the end, however many share the table in turn")
    func rotation() throws {
        let keys = try Self.keys(1000)
        var sightings = CacheDoorkeeper(capacity: 4096)
        var waiting = keys
        for _ in 0..<60 where !waiting.isEmpty { waiting.removeAll { sightings.admit($0) } }
        #expect(waiting.isEmpty)
    }

    @Test("are known one by one where there is room for one alone")
    func smallest() throws {
        let keys = try Self.keys(2)
        var sightings = CacheDoorkeeper(capacity: 0)
        var turns = 0
        while !sightings.admit(keys[0]), turns < 1000 {
            turns += 1
            if sightings.admit(keys[1]) { break }
        }
        #expect(turns < 1000)
    }
}
