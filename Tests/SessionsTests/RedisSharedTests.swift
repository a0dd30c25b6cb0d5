import Foundation
import Testing

@testable import Sessions

extension SharedValues {
    func claim(_ key: String, _ value: [UInt8], seconds: Int64) async -> Result<[UInt8]?, SessionStoreError> {
        await withCheckedContinuation { continuation in
            claim(key, value, seconds: seconds) { continuation.resume(returning: $0) }
        }
    }

    func put(_ key: String, _ value: [UInt8]?, seconds: Int64) async -> Result<Void, SessionStoreError> {
        await withCheckedContinuation { continuation in
            put(key, value, seconds: seconds) { continuation.resume(returning: $0) }
        }
    }

    func get(
        _ key: String,
        otherThan present: [UInt8]?,
        within milliseconds: Int64
    ) async -> Result<[UInt8]?, SessionStoreError> {
        await withCheckedContinuation { continuation in
            get(key, otherThan: present, within: milliseconds) { continuation.resume(returning: $0) }
        }
    }
}

@Suite("Redis: shared values", .timeLimit(.minutes(5)))
struct RedisSharedTests {
    @Test("one of many claims; the others see its value")
    func claim() async throws {
        let server = try await RedisServer()
        let gateways = [try server.open(), try server.open()].compactMap(\.shared)
        let answers = await withTaskGroup(of: [UInt8]??.self) { group in
            for number in 0..<50 {
                group.addTask { try? await gateways[number % 2].claim("k\0", [UInt8(number)], seconds: 60).get() }
            }
            return await group.reduce(into: [[UInt8]??]()) { $0.append($1) }
        }
        #expect(answers.count { $0 == .some(nil) } == 1)
        #expect(Set(answers.compactMap { $0 ?? nil }).count == 1)
        #expect(await gateways[0].put("k\0", nil, seconds: 0).error == nil)
        #expect(await gateways[1].claim("k\0", [1], seconds: 60) == .success(nil))
        let left = try #require(try server.ask("TTL", "menshen:shared:k\0"))
        #expect([":60", ":59"].contains(left))
    }

    @Test("a value is waited for, and told as soon as it is another")
    func waiting() async throws {
        let server = try await RedisServer()
        let gateways = [try server.open(), try server.open()].compactMap(\.shared)
        #expect(await gateways[0].get("k", otherThan: nil, within: 50) == .success(nil))
        #expect(await gateways[0].put("k", [1], seconds: 60).error == nil)
        #expect(await gateways[1].get("k", otherThan: nil, within: 0) == .success([1]))
        #expect(await gateways[1].get("k", otherThan: [1], within: 50) == .success([1]))
        #expect(await gateways[1].get("other", otherThan: [1], within: 5000) == .success(nil))
        async let next = gateways[1].get("k", otherThan: [1], within: 20_000)
        #expect(await gateways[0].put("k", [2], seconds: 60).error == nil)
        let begin = ContinuousClock.now
        #expect(await next == .success([2]))
        #expect(ContinuousClock.now - begin < .seconds(15))
    }

    @Test("values of a former key are read, of another key not; a stop ends the waiting")
    func keys() async throws {
        let server = try await RedisServer()
        let former = Array("a former key for tests, of 32 bytes too".utf8)
        let old = try #require(try server.open(keys: [former]).shared)
        #expect(await old.put("k", [1], seconds: 60).error == nil)
        let store = try server.open(keys: [storeKey, former])
        let both = try #require(store.shared)
        #expect(await both.get("k", otherThan: nil, within: 0) == .success([1]))
        let none = try #require(try server.open().shared)
        #expect(await none.get("k", otherThan: nil, within: 5000) == .failure(.sealing))
        #expect(await none.claim("k", [2], seconds: 60) == .failure(.sealing))
        async let waiting = both.get("absent", otherThan: nil, within: 30_000)
        _ = await both.get("k", otherThan: nil, within: 0)
        store.stop()
        #expect(await waiting == .failure(.stopped))
    }
}
