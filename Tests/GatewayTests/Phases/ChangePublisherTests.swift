import Sessions
import Testing

@testable import Gateway

@Suite("Where changes are handed to the workers")
struct ChangePublisherTests {
    private static let change = SessionChange(.sessionEnded(sessionID: "s", byUser: true), until: 2_000_000_000)

    @Test("what waits for workers that never come, and what comes after them, is answered at the end")
    func end() {
        let publisher = ChangePublisher()
        let done = Watched(0)
        publisher.publish([Self.change]) { done.withLock { $0 += 1 } }
        #expect(done.withLock { $0 } == 0)
        publisher.detach()
        #expect(done.withLock { $0 } == 1)
        publisher.publish([Self.change]) { done.withLock { $0 += 1 } }
        #expect(done.withLock { $0 } == 2)
    }
}
