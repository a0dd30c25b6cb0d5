import Testing

@testable import Gateway

@Suite("What the workers share")
struct ReadinessTests {
    @Test("is ready between loading and draining, and never again")
    func readiness() {
        let readiness = Readiness { false }
        #expect(!readiness.isReady && !readiness.isDraining && !readiness.isDegraded)
        readiness.markLoaded()
        #expect(!readiness.isReady, "it does not know yet which sessions have ended")
        readiness.markInformed()
        #expect(readiness.isReady)
        readiness.markDraining()
        #expect(!readiness.isReady && readiness.isDraining)
        readiness.markLoaded()
        #expect(!readiness.isReady)
    }

    @Test("does not get ready where draining came first")
    func stoppedWhileStarting() {
        let readiness = Readiness { false }
        readiness.markDraining()
        readiness.markInformed()
        readiness.markLoaded()
        #expect(!readiness.isReady)
    }

    @Test("counts a connection that is one too many until it leaves")
    func limit() {
        let limit = ConnectionLimit(maximum: 2)
        #expect([limit.enter(), limit.enter(), limit.enter()] == [.admitted, .admitted, .refused])
        #expect(limit.current == 3)
        limit.leave()
        #expect(limit.enter() == .refused)
        limit.leave()
        limit.leave()
        #expect(limit.enter() == .admitted)
        #expect(limit.current == 2)
        // So many are told so at a time; for more there is no descriptor.
        let small = ConnectionLimit(maximum: 1, refusals: 1)
        #expect([small.enter(), small.enter(), small.enter()] == [.admitted, .refused, .noRoomToRefuse])
    }

    @Test("counts right from many threads")
    func threads() async {
        let limit = ConnectionLimit(maximum: 50)
        await withTaskGroup(of: Int.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    var welcome = 0
                    for _ in 0..<2000 {
                        if limit.enter() == .admitted { welcome += 1 }
                        limit.leave()
                    }
                    return welcome
                }
            }
            // Eight at a time never reach fifty.
            for await welcome in group { #expect(welcome == 2000) }
        }
        #expect(limit.current == 0)
    }

    @Test("keeps a quarter of the descriptors back, and lets at least one client in")
    func descriptors() {
        for limit in [1, 10, 100, 256, 1024, 20_000, 1_048_576, Int(Int32.max)] {
            let clients = Descriptors.clients(within: limit)
            #expect(clients >= 1)
            if limit >= 1024 { #expect(clients <= limit - limit / 4) }
            if limit >= 1024 { #expect(clients >= limit / 2) }
            let refusals = Descriptors.refusals(within: limit)
            #expect(refusals >= 1 && refusals <= 128 && Descriptors.spare(within: limit) >= 1)
            // With few descriptors each client may have a connection to a service, and the gateway its own.
            if (100..<512).contains(limit) { #expect(2 * clients + 48 <= limit) }
            if limit >= 256 { #expect(clients + refusals <= limit - limit / 8) }
        }
        #expect(Descriptors.clients(within: 20_000) == 15_000)
    }

    @Test("raises the limit on descriptors to what it may be, once and for all")
    func raising() {
        let limit = Descriptors.raiseLimit()
        #expect(limit > 0)
        #expect(Descriptors.raiseLimit() == limit)
    }
}
