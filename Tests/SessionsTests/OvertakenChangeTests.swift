import NIOConcurrencyHelpers
import Sessions
import Testing

@Suite("Redis: a change that a later one has overtaken", .timeLimit(.minutes(5)))
struct OvertakenChangeTests {
    @Test("of blocks and releases by two gateways, what is told and answered last is what the server holds last")
    func blocks() async throws {
        let server = try await RedisServer()
        let (first, second) = (try server.open(), try server.open())
        // As workers get it: what the store tells, and what it answers, in the order of its thread.
        let published = NIOLockedValueBox<[SessionChange]>([])
        let followed = Followed(second)
        first.follow { changes in published.withLockedValue { $0 += changes } }
        await followed.begun()
        for round in 0..<20 {
            let userID = "u\(round)"
            await withTaskGroup(of: Void.self) { group in
                for number in 0..<20 {
                    group.addTask {
                        await withCheckedContinuation { continuation in
                            first.setBlocked(number % 2 == 0, userID: userID) { result in
                                let changes = (try? result.get())?.changes ?? []
                                published.withLockedValue { $0 += changes }
                                continuation.resume()
                            }
                        }
                    }
                    group.addTask { _ = await second.setBlocked(number % 2 == 1, userID) }
                }
            }
            let mark = "mark\(round)"
            _ = try await second.end(.session(mark, byUser: true)).get()
            let end = SessionChange(.sessionEnded(sessionID: mark, byUser: true), until: now + 7200)
            #expect(await eventually { published.withLockedValue { $0.contains(end) } })
            let block = SessionChange(.userBlocked(userID: userID), until: nil)
            let release = SessionChange(.userUnblocked(userID: userID), until: nil)
            let last = published.withLockedValue { $0.last { $0 == block || $0 == release } }
            let isBlocked = try server.ask("HEXISTS", "menshen:blocked", userID) == ":1"
            #expect(last == (isBlocked ? block : release), "round \(round)")
        }
    }
}
